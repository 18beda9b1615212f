//! Templates of keys, as the macros take them apart.
#![no_main]

#[path = "../../perf-cache/macros/src/template.rs"]
mod template;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let text = syn::LitStr::new(text, proc_macro2::Span::call_site());
    if let Ok(template) = template::Template::parse(&text) {
        let roots = template.roots().count();
        assert!(roots < template.parts.len());
        let code = template.expand();
        syn::parse2::<syn::Expr>(code).expect("it makes an expression");
    }
});
