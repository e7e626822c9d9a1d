//! Makes the folder of the page's built assets when it is absent, so that the crate builds without them.

fn main() {
    let folder = std::path::Path::new("../../ui/dist");
    if let Err(error) = std::fs::create_dir_all(folder) {
        println!("cargo:warning=the page's assets cannot be embedded: {error}");
    }
    println!("cargo:rerun-if-changed={}", folder.display());
}
