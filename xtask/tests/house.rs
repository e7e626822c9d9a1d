//! The rules as ordinary tests over the project itself.
//!
//! Not here: tests of the rules, which stand beside each of them.
//! Invariant: what `cargo xtask rules` finds, `cargo test -p xtask` finds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use xtask::{House, RULES};

/// One test a rule, so that a failure is named by what does not hold.
macro_rules! rules {
    ($(fn $test:ident() = $name:literal;)*) => {
        $(#[test] fn $test() { holds($name); })*

        #[test]
        fn every_rule_has_its_test() {
            let tested = [$($name),*];
            let missing: Vec<_> = RULES.iter().map(|rule| rule.name).filter(|name| !tested.contains(name)).collect();
            assert_eq!(missing, Vec::<&str>::new());
        }
    };
}

rules! {
    fn a_crate_depends_only_on_what_its_layer_allows() = "layers";
    fn a_pure_crate_reaches_no_io_clock_or_runtime() = "reach";
    fn every_licence_is_allowed() = "licences";
    fn every_source_file_has_its_header_and_length() = "shape";
    fn names_say_something() = "names";
    fn the_deterministic_crates_have_no_unordered_containers() = "order";
    fn the_pure_crates_touch_nothing_outside() = "purity";
    fn no_open_ends_and_no_machine_paths() = "words";
    fn nothing_common_is_misspelt() = "spelling";
    fn every_link_and_path_in_a_document_exists() = "links";
    fn every_test_a_document_names_exists() = "claims";
    fn every_generated_file_has_its_owner() = "generated";
}

fn holds(name: &str) {
    let house = House::read(&xtask::root()).unwrap();
    let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
    let findings: Vec<_> = (rule.check)(&house).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}\n{}", rule.says, findings.join("\n"));
}
