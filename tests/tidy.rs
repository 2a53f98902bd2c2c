//! The house rules hold in the tree.

use std::path::Path;

#[test]
fn the_tree_keeps_the_house_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let problems = tests::tidy::problems(&root).expect("the tree can be read");
    assert!(
        problems.is_empty(),
        "{} house rules broken:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
