//! Options that mean nothing here, and what to write in their place.

pub(crate) fn sentence(option: &str) -> String {
    let advice = match option {
        "max_size" | "size" => "the budget is the cache's: `Cache::builder().max_bytes(…)`",
        "name" => "functions share one cache: name it with `Cache::builder().name(…)`",
        "convert" => "write the key as a template: `key = \"product:{id}\"`",
        "with_cached_flag" => "a return type carries no flag here; hits are counted by the cache",
        "result_fallback" => {
            "say for how long an old value may stand in: `stale_if_error = \"1h\"`"
        }
        "refresh" => "say how long a value lives after its last use: `idle = \"5m\"`",
        "sync_writes" | "sync_writes_buckets" => {
            "callers of one key wait for one load anyway: remove it (`sync = false` turns that off)"
        }
        "unbound" => "every cache has a budget and every value a ttl: write `ttl = \"10m\"`",
        "time" => "write `ttl = \"10m\"` or `ttl_secs = 600`",
        "option" => "of an `Option`, `Some` is kept anyway: remove it",
        "result" => "of a `Result`, `Ok` is kept anyway: remove it",
        "ty" | "create" | "map_error" | "redis" | "disk" => {
            "name the cache itself: `cache = expr`, or install one"
        }
        _ => {
            return format!(
                "there is no option `{option}`; there are `ttl`, `key`, `tags`, `cache`, \
                 `stale_while_revalidate`, `refresh_at`, `stale_if_error`, `negative`, `idle`, `jitter`, \
                 `version`, `cache_err`, `cache_none`, `force_refresh`, `sync`, `in_impl`, `companions` and \
                 `companions_vis`"
            );
        }
    };
    format!("`{option}` means nothing here: {advice}")
}
