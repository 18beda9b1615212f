//! For each rule what must be found, with its rewrite, and what must not.

use perf_db::advise::Schema;

use crate::shop;

/// What is found in each of these, with the remedy's code.
fn found(shop: &Schema, kind: &str, cases: &[(&str, Option<&str>)]) {
    for (sql, code) in cases {
        let findings = shop::lint(shop, sql);
        let Some(finding) = findings.iter().find(|finding| finding.kind.as_str() == kind) else {
            panic!("{kind} is not found in {sql}: {findings:#?}");
        };
        assert_eq!(finding.remedy.code.as_deref(), *code, "{sql}");
    }
}

fn not_found(shop: &Schema, kind: &str, cases: &[&str]) {
    for sql in cases {
        assert!(!shop::kinds(shop, sql).contains(&kind), "{kind} is found in {sql}");
    }
}

#[tokio::test]
async fn all_columns_of_a_table_with_many() {
    let shop = shop::schema().await;
    let columns = "id, customer_id, number, status, total, tax, created, shipped, coupon_id, \
                   street, city, zip, note, channel";
    let of = |alias: &str| {
        let columns: Vec<String> =
            columns.split(", ").map(|column| format!("{alias}.{column}")).collect();
        columns.join(", ")
    };
    let cases = [
        (
            "select * from orders where id = $1",
            format!("select {columns} from orders where id = $1"),
        ),
        (
            "SELECT * FROM Orders WHERE number = 'n7'",
            format!("select {columns} from orders where number = $1"),
        ),
        (
            "select o.*, c.email from orders o join customer c on c.id = o.customer_id where o.id = $1",
            format!(
                "select {}, c.email from orders o join customer c on c.id = o.customer_id where o.id = $1",
                of("o")
            ),
        ),
        (
            "select * from public.orders order by id limit 5",
            format!("select {columns} from public.orders order by id limit $1"),
        ),
    ];
    for (sql, code) in &cases {
        found(shop, "select_star", &[(sql, Some(code))]);
    }
    not_found(
        shop,
        "select_star",
        &[
            "select * from category where id = $1",
            "select count(*) from orders where customer_id = $1",
            "select id from customer c where exists (select * from orders o where o.customer_id = c.id)",
            "with o as (select id, number from orders where id = $1) select * from o",
            "select * from (select id, number from orders where id = $1) x",
            "with orders as (select 1 as id) select * from orders",
            "select * from elsewhere.orders where id = $1",
            "insert into log select * from log where id = $1",
            "select x.* from generate_series(1, 3) x",
        ],
    );
}

#[tokio::test]
async fn a_write_to_all_rows() {
    let shop = shop::schema().await;
    found(
        shop,
        "write_without_where",
        &[
            (
                "update orders set status = 'done'",
                Some("update orders set status = $1 where id between $2 and $3"),
            ),
            (
                "update orders set status = $1",
                Some("update orders set status = $1 where id between $2 and $3"),
            ),
            ("delete from item", Some("delete from item where id between $1 and $2")),
            ("delete from item where true", Some("delete from item where id between $1 and $2")),
            (
                "update customer set score = 0 where 1 = 1",
                Some("update customer set score = $1 where id between $2 and $3"),
            ),
            ("with gone as (delete from item returning id) select count(*) from gone", None),
        ],
    );
    not_found(
        shop,
        "write_without_where",
        &[
            "update setting set value = '1'",
            "delete from item where order_id = $1",
            "delete from item using orders o where o.id = order_id and o.status = 'gone'",
            "update orders o set status = 'x' from customer c where c.id = o.customer_id",
            "delete from work_of_today",
            "update orders set status = 'x' where $1 = $2",
        ],
    );
}

#[tokio::test]
async fn rows_in_random_order() {
    let shop = shop::schema().await;
    found(
        shop,
        "order_by_random",
        &[
            (
                "select id from product order by random() limit 5",
                Some("select id from product tablesample system (50) order by random() limit $1"),
            ),
            (
                "select p.id from product p order by gen_random_uuid() limit $1",
                Some(
                    "select p.id from product p tablesample system (50) order by gen_random_uuid() limit $1",
                ),
            ),
            ("select id from product where category_id = 3 order by random() limit 5", None),
        ],
    );
    not_found(
        shop,
        "order_by_random",
        &[
            "select id from category order by random() limit 1",
            "select id from orders where customer_id = $1 order by random() limit 1",
            "select random() from product where id = $1 order by id",
        ],
    );
}

#[tokio::test]
async fn patterns_that_begin_with_a_wildcard() {
    let shop = shop::schema().await;
    found(
        shop,
        "leading_wildcard",
        &[
            (
                "select id from customer where email like '%@x.org'",
                Some("create index concurrently on public.customer using gin (email gin_trgm_ops)"),
            ),
            (
                "select id from customer where email ilike '%' || $1 || '%'",
                Some("create index concurrently on public.customer using gin (email gin_trgm_ops)"),
            ),
            ("select id from customer c where lower(c.email) like concat('%', $1::text)", None),
            (
                "select id from orders where note like '_x' or street like $1",
                Some("create index concurrently on public.orders using gin (note gin_trgm_ops)"),
            ),
        ],
    );
    not_found(
        shop,
        "leading_wildcard",
        &[
            "select id from customer where email like 'e1%'",
            "select id from customer where email like $1",
            "select id from customer where email like $1 || '%'",
            "select id from product where name like '%abc%'",
            "select id from orders where customer_id = $1 and note like '%x%'",
            "select id from customer where email not like '%x%'",
            "select id from category where name like '%x%'",
        ],
    );
}

#[tokio::test]
async fn tables_without_a_condition_between_them() {
    let shop = shop::schema().await;
    found(
        shop,
        "join_without_condition",
        &[
            (
                "select o.id, c.email from orders o, customer c where o.status = 'open'",
                Some(
                    "select o.id, c.email from orders o, customer c where o.customer_id = c.id and (o.status = $1)",
                ),
            ),
            ("select o.id from orders o cross join product p", None),
            (
                "select o.id from orders o join customer c on true",
                Some(
                    "select o.id from orders o join customer c on true where o.customer_id = c.id",
                ),
            ),
            (
                "select i.id from item i join orders o on o.id = i.order_id, product p where p.weight > 3",
                Some(
                    "select i.id from item i join orders o on o.id = i.order_id, product p where i.product_id = p.id and (p.weight > $1)",
                ),
            ),
        ],
    );
    not_found(
        shop,
        "join_without_condition",
        &[
            "select o.id from orders o, customer c where o.customer_id = c.id",
            "select o.id from orders o join customer c on c.id = o.customer_id",
            "select o.id from orders o cross join category c",
            "select o.id from orders o cross join generate_series(1, 3)",
            "select o.id from orders o, unnest($1::int[]) x",
            "select o.id from orders o cross join lateral (select 1 from item i where i.order_id = o.id) x",
            "select o.id, c.id from orders o, customer c where o.id = $1 and c.id = $2",
            "select o.id from orders o, item i where o.id = $1 and i.order_id = $1",
            "select o.id from orders o natural join item i",
            "select o.id from orders o, customer c where (o.customer_id, o.id) in (select c.id, 1)",
            "select o.id from orders o cross join (select count(*) from item) x",
            "select o.id from orders o, elsewhere.stock s",
        ],
    );
}

#[tokio::test]
async fn functions_and_casts_around_a_column() {
    let shop = shop::schema().await;
    found(
        shop,
        "function_on_column",
        &[
            (
                "select id from customer where lower(email) = $1",
                Some("create index concurrently on public.customer (lower(email))"),
            ),
            (
                "select id from customer c where $1 = upper(c.email)",
                Some("create index concurrently on public.customer (upper(email))"),
            ),
            (
                "select id from orders where created::date = $1",
                Some(
                    "select id from orders where (created >= $1::date and created < $1::date + 1)",
                ),
            ),
            (
                "select id from orders where date(created) between '2026-02-01' and '2026-02-03'",
                Some(
                    "select id from orders where (created >= $1::date and created < $2::date + 1)",
                ),
            ),
            (
                "select id from orders where cast(created as date) > date '2026-02-01'",
                Some("select id from orders where created >= $1::date + 1"),
            ),
            (
                "select id from orders where created::date <= current_date - 3",
                Some("select id from orders where created < (current_date - $1)::date + 1"),
            ),
            (
                "select id from orders where extract(year from created) = $1",
                Some(
                    "select id from orders where (created >= make_date($1::int, 1, 1) and created < make_date($1::int + 1, 1, 1))",
                ),
            ),
            (
                "select id from item where product_id::text = $1",
                Some("select id from item where product_id = $1::integer"),
            ),
            (
                "select id from item where product_id + 1 = $1",
                Some("select id from item where product_id = $1 - $2"),
            ),
            ("select id from orders where coalesce(coupon_id, 0) = $1", None),
            ("select id from orders where created + interval '1 day' > now()", None),
            ("select id from product where data ->> 'size' = '7'", None),
            ("update orders set status = 'x' where date_trunc('month', shipped) = $1", None),
            (
                "select o.id from orders o join customer c on lower(c.email) = lower(o.note)",
                Some("create index concurrently on public.customer (lower(email))"),
            ),
        ],
    );
    not_found(
        shop,
        "function_on_column",
        &[
            "select id from customer where lower(name) = $1",
            "select id from customer where lower(customer.name::text) = 'x'",
            "select id from customer where name::text = $1",
            "select id from orders where date_trunc('day', shipped) = $1",
            "select id from orders where date_trunc($1, shipped) = $2",
            "select id from product where data ->> 'brand' = $1",
            "select id from orders where number = upper($1)",
            "select id from orders where customer_id = $1 and created::date = $2",
            "select id from category where lower(name) = $1",
            "select id from orders where total + tax > $1",
            "select lower(email) from customer where id = $1",
            "select id from orders where created > now() - interval '1 day'",
            "select id from (select lower(email) as email, id from customer where id = $1) c where upper(email) = 'X'",
        ],
    );
}

#[tokio::test]
async fn values_to_whose_type_a_column_is_converted() {
    let shop = shop::schema().await;
    found(
        shop,
        "implicit_conversion",
        &[
            (
                "select id from orders where customer_id = 7.0",
                Some("select id from orders where customer_id = cast($1 as bigint)"),
            ),
            (
                "select id from orders where customer_id = $1::numeric",
                Some("select id from orders where customer_id = cast($1 as bigint)"),
            ),
            (
                "select id from item where product_id in (1, 2.5)",
                Some("select id from item where product_id in ($1, cast($2 as integer))"),
            ),
            (
                "select id from item where product_id = any($1::numeric[])",
                Some("select id from item where product_id = any(cast($1 as integer[]))"),
            ),
            (
                "select id from orders where total > $1::float8",
                Some("select id from orders where total > cast($1 as numeric(12,2))"),
            ),
            (
                "select id from customer where country = $1::text",
                Some("select id from customer where country = cast($1 as character(2))"),
            ),
            (
                "select id from customer where login = $1::text",
                Some("select id from customer where login = cast($1 as citext)"),
            ),
            ("select o.id from orders o join product p on o.customer_id = p.rating", None),
        ],
    );
    not_found(
        shop,
        "implicit_conversion",
        &[
            "select id from orders where customer_id = 7",
            "select id from orders where customer_id = 70000000000",
            "select id from orders where customer_id = '7'",
            "select id from orders where customer_id = $1",
            "select id from item where product_id = $1::bigint",
            "select id from product where weight = 1.5",
            "select id from product where rating = $1::numeric",
            "select id from orders where created > $1::date",
            "select id from orders where shipped > now()",
            "select id from customer where name = $1::text",
            "select id from customer where score = 1.5::float8",
            "select id from orders where number = $1 and customer_id = 7.0",
        ],
    );
    use perf_db::postgres::types::Type;
    let typed = |types: &[u32]| {
        let sql = "select id from orders where customer_id = $1";
        perf_db::advise::lint::lint(sql, shop, Some(types)).len()
    };
    assert_eq!(typed(&[Type::FLOAT8.oid()]), 1);
    assert_eq!(typed(&[Type::NUMERIC.oid()]), 1);
    assert_eq!(typed(&[Type::INT4.oid()]), 0);
    assert_eq!(typed(&[]), 0);
}

#[tokio::test]
async fn an_or_that_no_index_answers() {
    let shop = shop::schema().await;
    found(
        shop,
        "or_across_columns",
        &[
            (
                "select o.id from orders o join customer c on c.id = o.customer_id where c.email = $1 or o.number = $2",
                Some(
                    "select o.id from orders o join customer c on c.id = o.customer_id where c.email = $1 \
                  union all select o.id from orders o join customer c on c.id = o.customer_id \
                  where o.number = $2 and (c.email = $1) is not true",
                ),
            ),
            (
                "select id from orders where number = $1 or note = $2",
                Some("create index concurrently on public.orders (note)"),
            ),
            (
                "select id from orders where customer_id = $1 or id in (select order_id from item where product_id = $2)",
                Some(
                    "select id from orders where customer_id = $1 union all select id from orders \
                  where id in (select order_id from item where product_id = $2) and (customer_id = $1) is not true",
                ),
            ),
            (
                "select o.id from orders o join customer c on c.id = o.customer_id \
          where (c.email = $1 or o.number = $2) and o.status = 'open' order by o.id limit 3",
                None,
            ),
        ],
    );
    not_found(
        shop,
        "or_across_columns",
        &[
            "select id from orders where number = $1 or customer_id = $2",
            "select id from orders where customer_id = $1 or customer_id = $2",
            "select id from orders where ($1 is null or customer_id = $1)",
            "select id from orders where number = $1 and (customer_id = $2 or note = $3)",
            "select id from orders where note = $1 or street = $2",
            "select id from category where id = $1 or name = $2",
            "select id from orders where customer_id = $1 or lower(note) = 'x'",
        ],
    );
}

#[tokio::test]
async fn not_in_of_a_column_that_can_be_null() {
    let shop = shop::schema().await;
    found(
        shop,
        "not_in_nullable",
        &[
            (
                "select id from customer where id not in (select referrer from customer r where r.score > 3)",
                Some(
                    "select id from customer where not exists (select 1 from customer r where r.score > $1 and r.referrer = customer.id)",
                ),
            ),
            (
                "select id from product where not (id in (select coupon_id from orders))",
                Some(
                    "select id from product where not exists (select 1 from orders where orders.coupon_id = product.id)",
                ),
            ),
            (
                "select id from customer where id <> all (select coupon_id from orders where status = 'x' or tax > 1)",
                Some(
                    "select id from customer where not exists (select 1 from orders where (status = $1 or tax > $2) and orders.coupon_id = customer.id)",
                ),
            ),
            (
                "select id from product where category_id not in (select coupon_id from orders)",
                Some(
                    "select id from product where category_id not in (select coupon_id from orders where orders.coupon_id is not null)",
                ),
            ),
            (
                "select id from customer where id not in (select referrer from customer)",
                Some(
                    "select id from customer where id not in (select referrer from customer where customer.referrer is not null)",
                ),
            ),
            (
                "delete from customer where id not in (select coupon_id from orders)",
                Some(
                    "delete from customer where not exists (select 1 from orders where orders.coupon_id = customer.id)",
                ),
            ),
        ],
    );
    not_found(
        shop,
        "not_in_nullable",
        &[
            "select id from customer where id not in (select customer_id from orders)",
            "select id from customer where id not in (select referrer from customer where referrer is not null)",
            "select id from customer where id not in (select coupon_id from orders where coupon_id > 3)",
            "select id from customer where id not in (1, 2)",
            "select id from customer where id in (select coupon_id from orders)",
            "select id from customer where id not in (select coalesce(coupon_id, 0) from orders)",
            "select id from customer c where not exists (select 1 from orders o where o.coupon_id = c.id)",
        ],
    );
}

#[tokio::test]
async fn all_rows_counted() {
    let shop = shop::schema().await;
    let code = "select reltuples::bigint as count from pg_class where oid = 'public.log'::regclass";
    found(
        shop,
        "count_all",
        &[
            ("select count(*) from log", Some(code)),
            ("select count(1) as n from log", Some(code)),
            ("select (select count(*) from log), 1", Some(code)),
        ],
    );
    not_found(
        shop,
        "count_all",
        &[
            "select count(*) from log where id > $1",
            "select count(*) from orders",
            "select text, count(*) from log group by text",
            "select count(distinct text) from log",
            "select count(*) filter (where id > 3) from log",
            "select count(*) over () from log limit 3",
        ],
    );
}

#[tokio::test]
async fn many_rows_without_a_limit() {
    let shop = shop::schema().await;
    found(
        shop,
        "missing_limit",
        &[
            ("select id, email from customer", Some("select id, email from customer limit $1")),
            (
                "select id from log where at < $1 order by id",
                Some("select id from log where at < $1 order by id limit $2"),
            ),
            (
                "select id from customer offset 5",
                Some("select id from customer limit $2 offset $1"),
            ),
            (
                "select i.id from item i join orders o on o.id = i.order_id",
                Some("select i.id from item i join orders o on o.id = i.order_id limit $1"),
            ),
        ],
    );
    not_found(
        shop,
        "missing_limit",
        &[
            "select id from customer limit 10",
            "select id from customer fetch first 10 rows only",
            "select id from customer where id = $1",
            "select id from customer where email = $1",
            "select id from orders where customer_id = $1",
            "select id from orders where customer_id = any($1)",
            "select id from orders where created between $1 and $2",
            "select max(id), count(*) from customer",
            "select country, sum(score) from customer group by country",
            "select distinct country from customer",
            "select name from category",
            "select i.id from item i join orders o on o.id = i.order_id where o.number = $1",
            "select 1 from customer c where exists (select 1 from orders) and c.id = 3",
            "insert into log select id, created, note from orders",
            "select c.id from customer c join unnest($1::bigint[]) x on x = c.id",
        ],
    );
}

#[tokio::test]
async fn pages_behind_many_rows() {
    let shop = shop::schema().await;
    found(
        shop,
        "deep_offset",
        &[
            (
                "select id from orders order by created desc limit 20 offset 5000",
                Some(
                    "select id from orders where (created, id) < ($2, $3) order by created desc, id desc limit $1",
                ),
            ),
            (
                "select id from orders where status = 'open' or channel = 3 order by id limit 20 offset 5000",
                Some(
                    "select id from orders where (status = $1 or channel = $2) and id > $4 order by id limit $3",
                ),
            ),
            ("select id from orders order by tax limit 20 offset 5000", None),
            ("select id from customer order by country, created desc limit 20 offset 5000", None),
        ],
    );
    not_found(
        shop,
        "deep_offset",
        &[
            "select id from orders order by id limit 20 offset 20",
            "select id from orders order by id limit 20 offset $1",
            "select id from orders order by id limit 20",
        ],
    );
}
