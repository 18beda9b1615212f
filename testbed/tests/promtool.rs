//! Risk: a page of metrics passes that Prometheus would refuse.

use testbed::promtool_check_metrics;

#[test]
fn a_page_by_the_conventions_passes() {
    let page = "# HELP shop_orders_total Orders taken.\n\
                # TYPE shop_orders_total counter\n\
                shop_orders_total{kind=\"new\"} 7\n";
    assert_eq!(promtool_check_metrics(page), Ok(()));
}

#[test]
fn broken_syntax_and_broken_conventions_are_told() {
    let broken = promtool_check_metrics("shop_orders_total{ 7\n").err().unwrap_or_default();
    assert!(broken.contains("error while linting") || broken.contains("parsing"), "{broken}");

    let page = "# TYPE shop_orders counter\nshop_orders 7\n";
    let complaints = promtool_check_metrics(page).err().unwrap_or_default();
    assert!(complaints.contains("no help text"), "{complaints}");
    assert!(complaints.contains("\"_total\" suffix"), "{complaints}");
}

#[test]
fn a_page_longer_than_a_pipe_holds_is_read_to_its_end() {
    let mut page = "# HELP shop_size_bytes Sizes.\n# TYPE shop_size_bytes gauge\n".to_owned();
    (0..20_000).for_each(|n| page.push_str(&format!("shop_size_bytes{{n=\"{n}\"}} {n}\n")));
    assert_eq!(promtool_check_metrics(&page), Ok(()));
    page.push_str("shop_size_bytes{n=\"last\"\n");
    assert!(promtool_check_metrics(&page).is_err());
}
