use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use fs_err as fs;
use tempfile::TempDir;

use super::*;

/// A folder in which programs are scripts that answer as an interpreter would.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn program(&self, path: &str, script: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn python(&self, path: &str, pytest: Option<&str>) -> PathBuf {
        self.python_that(path, pytest, "exit 1")
    }

    /// One that does something when it is not asked what it is.
    fn python_that(&self, path: &str, pytest: Option<&str>, does: &str) -> PathBuf {
        let python = self.path(path);
        let pytest = pytest.map_or_else(|| "null".to_owned(), |version| format!("\"{version}\""));
        let python = python.display();
        let answer = format!(
            "[ \"$1\" != -c ] || exec echo '{{\"python\":\"{python}\",\"real\":\"{python}\",\"version\":\"3.11.7\",\"pytest\":{pytest}}}'\n{does}"
        );
        self.program(path, &answer)
    }

    fn search(&self, virtual_env: Option<&str>) -> Search {
        let virtual_env = virtual_env.map(|folder| self.path(folder));
        let path = self.path("bin").into_os_string();
        Search { surroundings: Surroundings { virtual_env, path }, ..Search::default() }
    }

    async fn find(&self, search: &Search) -> Result<Environment, String> {
        let root = self.path("project/tests");
        fs::create_dir_all(&root).unwrap();
        search.find(Some(&root), &self.path("data")).await.map_err(|error| error.message)
    }
}

#[tokio::test]
async fn the_order_of_the_search() {
    let machine = Machine::new();
    let active = machine.python("active/bin/python", Some("9.0"));
    let beside = machine.python("project/.venv/bin/python", Some("8.0"));
    let on_path = machine.python("bin/python3", Some("7.0"));
    fs::create_dir_all(machine.path("project/.git")).unwrap();
    for (active_at, python, origin) in
        [(Some("active"), &active, Origin::Active), (None, &beside, Origin::Beside)]
    {
        let found = machine.find(&machine.search(active_at)).await.unwrap();
        assert_eq!((&found.python, found.origin, found.notes.len()), (python, origin, 0));
    }
    // Without .git nobody looks above the tests.
    fs::remove_dir_all(machine.path("project/.git")).unwrap();
    let found = machine.find(&machine.search(None)).await.unwrap();
    assert_eq!((found.python, found.origin, found.pytest_version.as_str()), (on_path, Origin::Path, "7.0"));
}

#[tokio::test]
async fn a_pytest_that_is_too_old_is_refused() {
    let machine = Machine::new();
    let old = machine.python("active/bin/python", Some("6.2.5"));
    let on_path = machine.python("bin/python3", Some("7.0"));
    let found = machine.find(&machine.search(Some("active"))).await.unwrap();
    assert_eq!(found.python, on_path);
    assert!(found.notes[0].ends_with("its pytest 6.2.5 is too old, 7 is needed"), "{:?}", found.notes);
    let named = Search { wanted: Wanted::Python(old), ..machine.search(None) };
    let refused = machine.find(&named).await.unwrap_err();
    assert!(refused.ends_with("its pytest 6.2.5 is too old, 7 is needed"), "{refused}");
}

#[tokio::test]
async fn what_has_no_pytest_is_passed_over_with_a_note() {
    let machine = Machine::new();
    machine.python("active/bin/python", None);
    machine.program("project/tests/.venv/bin/python", "echo broken >&2; exit 3");
    machine.python("bin/python3", Some("8.4.1"));
    let found = machine.find(&machine.search(Some("active"))).await.unwrap();
    assert_eq!(found.origin, Origin::Path);
    assert!(found.notes[0].contains("the active virtual environment) has no pytest"), "{found:?}");
    assert!(found.notes[1].contains("cannot be used: broken"), "{found:?}");
}

#[tokio::test]
async fn a_named_python_without_pytest_is_refused() {
    let machine = Machine::new();
    let python = machine.python("bin/python3", None);
    let wanted = Wanted::Python(python);
    let refused = machine.find(&Search { wanted, ..machine.search(None) }).await;
    assert!(refused.as_ref().is_err_and(|message| message.contains("-m pip install pytest")), "{refused:?}");
    let wanted = Wanted::Python(machine.path("none"));
    let refused = machine.find(&Search { wanted, ..machine.search(None) }).await;
    assert!(refused.as_ref().is_err_and(|message| message.contains("cannot be started")), "{refused:?}");
}

#[tokio::test]
async fn what_cannot_be_built_says_what_to_do() {
    let machine = Machine::new();
    let refused = machine.find(&machine.search(None)).await;
    assert!(refused.as_ref().is_err_and(|message| message.contains("no Python 3.8 or newer")), "{refused:?}");

    machine.program("bin/python3", "echo 'Python 3.6 is too old, 3.8 is needed' >&2; exit 1");
    let refused = machine.find(&machine.search(None)).await;
    assert!(refused.as_ref().is_err_and(|message| message.contains("too old")), "{refused:?}");

    machine.python_that("bin/python3", None, "echo No module named ensurepip; exit 1");
    let refused = machine.find(&machine.search(None)).await;
    assert!(refused.as_ref().is_err_and(|message| message.contains("python3-venv")), "{refused:?}");

    machine.program("bin/uv", "echo 'error: network unreachable'; exit 2");
    let refused = machine.find(&machine.search(None)).await;
    let says = |text| refused.as_ref().is_err_and(|message| message.contains(text));
    assert!(says("network unreachable") && says("pip install pytest") && says("--python"), "{refused:?}");
}

#[tokio::test]
async fn an_environment_is_built_once_by_however_many() {
    let machine = Machine::new();
    let base = machine.python("bin/python3", None);
    let built = machine.python("built", Some("9.9"));
    // As uv is called: venv --python BASE FOLDER …, then pip install --python FOLDER/bin/python pytest …
    let log = machine.path("log");
    machine.program(
        "bin/uv",
        &format!(
            "echo \"$1 $UV_PYTHON_DOWNLOADS\" >> {log}\n\
             if [ $1 = venv ]; then for last; do :; done; /bin/mkdir -p \"$last/bin\"; \
             /bin/cp {built} \"$last/bin/python\"; fi",
            log = log.display(),
            built = built.display()
        ),
    );
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut search = machine.search(None);
    search.progress.set({
        let told = Arc::clone(&told);
        move |what| told.lock().unwrap().push(what.to_owned())
    });
    let (one, two) = tokio::join!(machine.find(&search), machine.find(&search));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((&one.python, one.origin), (&two.python, Origin::Managed));
    assert!(one.python.starts_with(machine.path("data/environments")), "{one:?}");
    assert!(one.notes[0].contains(&base.display().to_string()), "{one:?}");
    assert_eq!(fs::read_to_string(&log).unwrap(), "venv never\npip never\n");
    let told = told.lock().unwrap().join("\n");
    assert!(told.starts_with("Building an environment with pytest for Python 3.11.7 (uv)"), "{told}");
    assert!(told.contains("Waiting for another"), "{told}");
    // A half-built one, without its last file, is built anew.
    let folder = one.python.ancestors().nth(2).unwrap();
    fs::remove_file(folder.join("testrunner-ready")).unwrap();
    machine.find(&search).await.unwrap();
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 4);
}

/// A script that starts two others, writes down the numbers of all three, and waits.
fn starts_others(pids: &Path) -> String {
    format!(
        "sleep 61 &\nfirst=$!\nsleep 62 &\necho $$ $first $! > {pids}.new\n\
         mv {pids}.new {pids}\nwait",
        pids = pids.display()
    )
}

async fn until<T>(what: &str, mut is_there: impl FnMut() -> Option<T>) -> T {
    let there = async {
        loop {
            if let Some(there) = is_there() {
                return there;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.unwrap_or_else(|_| panic!("no {what}"))
}

/// What runs of these, zombies left out.
fn alive(pids: &str) -> Vec<&str> {
    let is_alive = |pid: &&str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
    };
    pids.split_whitespace().filter(is_alive).collect()
}

#[tokio::test]
async fn nothing_is_left_of_a_build_that_is_given_up() {
    for builder in ["uv", "python3"] {
        let machine = Machine::new();
        let pids = machine.path("pids");
        machine.python_that("bin/python3", None, &starts_others(&pids));
        if builder == "uv" {
            machine.program("bin/uv", &starts_others(&pids));
        }
        let search = machine.search(None);
        let pids = tokio::select! {
            built = machine.find(&search) => panic!("{builder}: {built:?}"),
            pids = until("build", || fs::read_to_string(&pids).ok()) => pids,
        };
        // The build was dropped.
        until(&format!("end of {builder}: {pids}"), || alive(&pids).is_empty().then_some(())).await;
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_build_when_the_program_dies() {
    let machine = Machine::new();
    let pids = machine.path("pids");
    let mut command = tool::guarded(machine.program("tool", &starts_others(&pids)));
    let mut guard = command.spawn().unwrap();
    let pids = until("tool", || fs::read_to_string(&pids).ok()).await;
    assert_eq!(alive(&pids).len(), 3);
    // All that the system does for it: it closes what was open.
    drop(guard.stdin.take());
    until(&format!("end of {pids}"), || alive(&pids).is_empty().then_some(())).await;
    assert!(!guard.wait().await.unwrap().success());
}
