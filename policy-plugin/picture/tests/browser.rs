//! The page in a real browser: it asks for nothing, it searches, groups and filters, and no name in it runs.
//!
//! Where no Chromium is installed, these tests are skipped and say so.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_picture::{Format, draw};
use crosscloud_policy_plugin::examples::Base;
use libtest_mimic::{Arguments, Failed, Trial};

mod estate;

type Test = fn(&Browser) -> Result<(), Failed>;

const TESTS: [(&str, Test); 6] = [
    ("one trust is unfolded", one_trust),
    ("a fragment searches five hundred trusts", search),
    ("trusts are grouped by project or account", grouped),
    ("open ones are picked out", open_only),
    ("hostile names stay text", hostile),
    ("a screenshot is taken in both themes", screenshots),
];

fn main() {
    let arguments = Arguments::from_args();
    let browser = Browser::find();
    if browser.is_none() {
        let names = Browser::NAMES.join(", ");
        #[allow(clippy::print_stderr)]
        {
            eprintln!(
                "SKIPPED: all tests in a browser, for none of {names} is on the PATH. On Debian: apt-get install chromium"
            );
        }
    }
    let trials = TESTS.into_iter().map(|(name, test)| {
        let browser = browser.clone();
        let missing = browser.is_none();
        let run = move || browser.as_ref().map_or(Ok(()), test);
        Trial::test(name, run).with_ignored_flag(missing)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn one_trust(browser: &Browser) -> Result<(), Failed> {
    let page = browser.open(&estate::example(Base::Aks, &[]), "")?;
    page.says("1 shown")?;
    page.holds(r#"<details class="card sound" id="s0""#)?;
    page.says("may impersonate")
}

fn search(browser: &Browser) -> Result<(), Failed> {
    let document = estate::estate(500);
    let page = browser.open(&document, "#q=octo%2Fapp-35%3A&theme=dark")?;
    let shown = page.cards();
    if shown.iter().filter(|shown| **shown).count() != 1 || shown.len() < 400 {
        return Err(
            format!("{} of {} cards are shown", shown.iter().filter(|shown| **shown).count(), shown.len()).into()
        );
    }
    page.holds("data-theme=\"dark\"")?;
    let nothing = browser.open(&document, "#q=no-such-thing")?;
    if nothing.cards().contains(&true) {
        return Err("cards are shown that do not match".into());
    }
    nothing.holds("<p id=\"none\">")
}

fn grouped(browser: &Browser) -> Result<(), Failed> {
    let page = browser.open(&estate::estate(12), "#by=home")?;
    page.holds("<h2>Google project team-1-prod</h2>")?;
    if page.0.contains("<h2>GitHub Actions</h2>") {
        return Err("a group of the other kind is left".into());
    }
    Ok(())
}

fn open_only(browser: &Browser) -> Result<(), Failed> {
    let page = browser.open(&estate::estate(24), "#open=1")?;
    let shown = page.cards().into_iter().filter(|shown| *shown).count();
    let open = page.0.matches("<details class=\"card open\"").count();
    if shown != open || open == 0 {
        return Err(format!("{shown} cards are shown, {open} are open").into());
    }
    page.says("gcp-wif-condition-missing")
}

fn hostile(browser: &Browser) -> Result<(), Failed> {
    let payload = "\"><img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>";
    let mut document = estate::example(Base::GitHub, &[("/providers/0/attribute_condition", "null")]);
    document.subject = payload.to_owned();
    document.bindings[1].resource = Some(format!("projects/{payload}"));
    document.bindings[1].role = Some(payload.to_owned());
    document.providers[0].intended[0].insert("sub".to_owned(), payload.into());
    for origin in document.origins.values_mut() {
        *origin = payload.to_owned();
    }
    let page = browser.open(&document, "")?;
    if page.0.contains("<title>broken") || page.0.contains("<img") {
        return Err("a name has become markup".into());
    }
    page.says("onerror=")
}

/// The pictures themselves are for people; here they only have to come out as images of more than one colour.
fn screenshots(browser: &Browser) -> Result<(), Failed> {
    let path = browser.write(&estate::estate(12))?;
    let mut sizes = Vec::new();
    for theme in ["light", "dark"] {
        let image = path.with_extension(format!("{theme}.png"));
        browser.run(&[
            format!("--screenshot={}", image.display()),
            "--window-size=1400,1000".to_owned(),
            format!("file://{}#theme={theme}", path.display()),
        ])?;
        sizes.push(std::fs::read(&image)?);
    }
    if sizes[0] == sizes[1] || sizes.iter().any(|image| image.len() < 20_000) {
        return Err("the screenshots are empty or the same".into());
    }
    Ok(())
}

/// A browser, and a folder for its profile and its pages.
#[derive(Clone)]
struct Browser {
    program: PathBuf,
    folder: std::sync::Arc<tempfile::TempDir>,
}

impl Browser {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

    fn find() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let candidates = Self::NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let program = candidates.into_iter().find(|program| program.is_file())?;
        Some(Self { program, folder: std::sync::Arc::new(tempfile::tempdir().ok()?) })
    }

    fn write(&self, document: &TrustDocument) -> Result<PathBuf, Failed> {
        static PAGES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = PAGES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = self.folder.path().join(format!("page-{number}.html"));
        std::fs::write(&path, Format::Html.write(&draw(document, &estate::judge(document))))?;
        Ok(path)
    }

    /// Draws a document, opens its page at a fragment, and answers what the browser has made of it.
    fn open(&self, document: &TrustDocument, fragment: &str) -> Result<Page, Failed> {
        let path = self.write(document)?;
        let page = self.run(&["--dump-dom".to_owned(), format!("file://{}{fragment}", path.display())])?;
        Ok(Page(page))
    }

    fn run(&self, arguments: &[String]) -> Result<String, Failed> {
        static RUNS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let profile = self.folder.path().join(format!("profile-{number}"));
        // The pages are ours and ask for nothing, so that the sandbox, which root may not have, can be left out.
        let output = Command::new(&self.program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(arguments)
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        // What the page's policy refuses, and what the script throws, the browser writes there.
        if !output.status.success() || errors.contains("CONSOLE") {
            return Err(format!("{}: {errors}", output.status).into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// What the browser has made of a page.
struct Page(String);

impl Page {
    fn holds(&self, text: &str) -> Result<(), Failed> {
        if self.0.contains(text) { Ok(()) } else { Err(format!("the page does not hold {text}").into()) }
    }

    fn says(&self, text: &str) -> Result<(), Failed> {
        self.holds(&text.replace('&', "&amp;").replace('<', "&lt;"))
    }

    /// Of each card, whether it is shown.
    fn cards(&self) -> Vec<bool> {
        let tags = self.0.split("<details class=\"card").skip(1);
        tags.map(|rest| !rest.split('>').next().unwrap_or_default().contains("hidden")).collect()
    }
}
