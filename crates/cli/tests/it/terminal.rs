//! A person at a terminal, played by tmux: the question for a port, progress, Ctrl-C, colour, narrow windows.

use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{API_KEY, CloudSim, DEVICE, ModemSim, Shop, not_tested};

/// A shell in a window of 80 columns, ended when it is dropped.
struct Terminal {
    socket: String,
}

impl Terminal {
    /// `None` without tmux, which is told, and in CI a failure.
    fn open(name: &str, shop: &Shop, env: &[(&str, &str)]) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "tmux is not installed");
            not_tested(name, "tmux is not installed (Debian: tmux)");
            return None;
        }
        let terminal = Self { socket: format!("nrfcloud-{}-{name}", std::process::id()) };
        let mut start = shop.program("tmux");
        start.args(["-L", &terminal.socket, "-f", "/dev/null"]);
        start.args([
            "set-option",
            "-g",
            "history-limit",
            "50000",
            ";",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "30",
        ]);
        start.arg("exec sh").env("LC_ALL", "C.UTF-8").env_remove("TMUX").env_remove("ENV");
        let started = start.envs(env.iter().copied()).output().unwrap();
        assert!(started.status.success(), "{started:?}");
        // The quotes keep the line that is typed from looking like its answer.
        terminal.enter("clear; echo rea''dy");
        terminal.wait_for("ready");
        Some(terminal)
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]).stdin(Stdio::null());
        command
    }

    fn ask(&self, args: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.tmux().args(args).output().unwrap();
        assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// Types a line and Enter.
    fn enter(&self, line: &str) {
        self.ask(&["send-keys", "-l", line]);
        self.ask(&["send-keys", "Enter"]);
    }

    fn control_c(&self) {
        self.ask(&["send-keys", "C-c"]);
    }

    fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// Everything since the window was opened. With `joined`, lines that the terminal had to wrap are whole again.
    fn history(&self, joined: bool) -> String {
        self.ask(&[&["capture-pane", "-p", "-S", "-"][..], if joined { &["-J"] } else { &[] }].concat())
    }

    /// Waits until this is on the screen. Far longer than it ever takes, so that a busy machine does not matter.
    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no {text:?} in:\n{screen}");
            sleep(Duration::from_millis(20));
        }
    }

    /// The exit code of the last command, by the shell's own word. It also shows that the shell takes lines as before.
    #[track_caller]
    fn exit_code(&self) -> String {
        self.enter("echo co''de=$?.");
        let screen = self.wait_for("code=");
        let (_, code) = screen.rsplit_once("code=").unwrap();
        code.split('.').next().unwrap().to_owned()
    }

    fn cursor_is_shown(&self) -> bool {
        self.ask(&["display-message", "-p", "#{cursor_flag}"]).trim() == "1"
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux().arg("kill-server").stderr(Stdio::null()).status();
    }
}

const QUESTION: &str = "Number, path or USB serial number of a port:";

#[test]
fn a_person_is_asked_for_the_port_until_the_answer_is_one() {
    let kit = ModemSim::start(&[]);
    let Some(terminal) = Terminal::open("picker", &Shop::new(), &[]) else { return };
    terminal.enter("nrfcloud modem info");
    terminal.wait_for(QUESTION);
    terminal.enter("99");
    terminal.wait_for("warning: there is no such number above");
    terminal.enter(&kit.port);
    terminal.wait_for(&format!("IMEI               {}", kit.imei));
    assert_eq!(terminal.exit_code(), "0");
}

#[test]
fn a_question_without_an_answer_is_no_port() {
    let Some(terminal) = Terminal::open("no-answer", &Shop::new(), &[]) else { return };
    terminal.enter("nrfcloud modem info");
    terminal.wait_for(QUESTION);
    terminal.enter("");
    terminal.wait_for("error: no port given");
    assert_eq!(terminal.exit_code(), "5");
}

#[test]
fn a_person_is_asked_before_devices_are_deleted() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let env = [("NRFCLOUD_API_URL", cloud.url.as_str()), ("NRFCLOUD_API_KEY", API_KEY)];
    let Some(terminal) = Terminal::open("confirm", &shop, &env) else { return };
    let question = format!("delete {DEVICE} from nRF Cloud? [y/N]");
    terminal.enter(&format!("nrfcloud device delete {DEVICE}"));
    terminal.wait_for(&question);
    terminal.enter("");
    terminal.wait_for("error: not confirmed, and so not done");
    assert_eq!(terminal.exit_code(), "2");
    assert!(shop.ok(&["device", "list"]).starts_with(DEVICE));
    terminal.enter(&format!("clear; nrfcloud device delete {DEVICE}"));
    terminal.wait_for(&question);
    terminal.enter("y");
    terminal.wait_for("succeeded");
    assert_eq!(terminal.exit_code(), "0");
    assert_eq!(shop.ok(&["device", "list"]), "");
}

#[test]
fn nobody_is_asked_who_has_forbidden_it() {
    let Some(terminal) = Terminal::open("no-input", &Shop::new(), &[]) else { return };
    terminal.enter("nrfcloud modem info --no-input");
    let screen = terminal.wait_for("error: no port given");
    assert!(!screen.contains(QUESTION), "{screen}");
    assert_eq!(terminal.exit_code(), "5");
}

#[test]
fn ctrl_c_at_the_question_ends_the_command_alone() {
    let Some(terminal) = Terminal::open("question-ctrl-c", &Shop::new(), &[]) else { return };
    terminal.enter("nrfcloud modem info");
    terminal.wait_for(QUESTION);
    terminal.control_c();
    terminal.wait_for("^C");
    assert_eq!(terminal.exit_code(), "130");
    assert!(terminal.cursor_is_shown());
}

/// Lines of the screen that begin so.
fn lines_with(screen: &str, start: &str) -> usize {
    screen.lines().filter(|line| line.starts_with(start)).count()
}

#[test]
fn progress_is_one_line_that_ctrl_c_leaves_behind_and_the_shell_goes_on() {
    let cloud = CloudSim::with_bulk_delay("600000");
    let shop = Shop::with_device();
    let env = [("NRFCLOUD_API_URL", cloud.url.as_str()), ("NRFCLOUD_API_KEY", API_KEY)];
    let Some(terminal) = Terminal::open("progress-ctrl-c", &shop, &env) else { return };
    terminal.enter("nrfcloud device onboard onboard.csv --wait");
    terminal.wait_for(" after 1.");
    // It is drawn again in its place, not below.
    let screen = terminal.wait_for(" after 3.");
    assert_eq!(lines_with(&screen, "bulk operation "), 1, "{screen}");
    assert!(terminal.cursor_is_shown());
    terminal.control_c();
    terminal.wait_for("^C");
    assert_eq!(terminal.exit_code(), "130");
    assert!(terminal.cursor_is_shown());
}

#[test]
fn progress_is_gone_when_it_has_ended() {
    let cloud = CloudSim::with_bulk_delay("3000");
    let shop = Shop::with_device();
    let env = [("NRFCLOUD_API_URL", cloud.url.as_str()), ("NRFCLOUD_API_KEY", API_KEY)];
    let Some(terminal) = Terminal::open("progress-end", &shop, &env) else { return };
    terminal.enter("nrfcloud device onboard onboard.csv --wait");
    terminal.wait_for("bulk operation ");
    let screen = terminal.wait_for("succeeded");
    assert_eq!(terminal.exit_code(), "0");
    assert_eq!(lines_with(&terminal.history(false), "bulk operation "), 0, "{screen}");
    assert!(screen.contains(DEVICE), "{screen}");
}

#[test]
fn progress_is_for_terminals_alone() {
    let cloud = CloudSim::with_bulk_delay("2500");
    let shop = Shop::with_device().at(&cloud);
    let run = shop.run(&["device", "onboard", "onboard.csv", "--wait"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("bulk operation"), "{run:?}");

    let env = [("NRFCLOUD_API_URL", cloud.url.as_str()), ("NRFCLOUD_API_KEY", API_KEY), ("TERM", "dumb")];
    for quiet in ["-q", "2> log"] {
        let name = if quiet == "-q" { "progress-quiet" } else { "progress-file" };
        let Some(terminal) = Terminal::open(name, &shop, &env) else { return };
        terminal.enter(&format!("nrfcloud device onboard onboard.csv --wait --force {quiet}"));
        terminal.wait_for("succeeded");
        assert_eq!(lines_with(&terminal.history(false), "bulk operation "), 0);
    }
    assert_eq!(shop.read("log"), "");
}

#[test]
fn ctrl_c_while_a_credential_is_written_puts_the_modem_back() {
    let kit = ModemSim::start(&["--baud", "2400"]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "at", "AT+CFUN=1"]);
    let Some(terminal) = Terminal::open("modem-ctrl-c", &shop, &[("NRFCLOUD_PORT", &kit.port)]) else {
        return;
    };
    terminal.enter(&format!("nrfcloud -v modem write --sec-tag 42 --type cert certs/{DEVICE}.crt.pem"));
    terminal.wait_for("> AT%CMNG=0,42,1,");
    terminal.control_c();
    terminal.wait_for("error: interrupted");
    assert_eq!(terminal.exit_code(), "130");
    assert!(terminal.cursor_is_shown());
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
}

#[test]
fn ctrl_c_while_a_board_is_offline_puts_it_back_and_the_next_run_goes_on() {
    // Slow, so that the modem is offline for long.
    let kit = ModemSim::start(&["--baud", "2400"]);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "at", "AT+CFUN=1"]);
    let Some(terminal) = Terminal::open("provision-ctrl-c", &shop, &[("NRFCLOUD_PORT", &kit.port)]) else {
        return;
    };
    let provision =
        ["provision", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--csv", "new.csv"];
    terminal.enter(&format!("nrfcloud -v {}", provision.join(" ")));
    terminal.wait_for("> AT%KEYGEN=");
    terminal.control_c();
    terminal.wait_for("error: interrupted");
    assert_eq!(terminal.exit_code(), "130");
    assert!(terminal.cursor_is_shown());
    let history = terminal.history(true);
    let place = |text: &str| history.find(text).unwrap_or_else(|| panic!("no {text:?} in:\n{history}"));
    assert!(place("> AT+CFUN=4") < place("> AT%KEYGEN=") && place("> AT%KEYGEN=") < place("> AT+CFUN=1"));
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
    assert!(!shop.path("new.csv").exists());

    let document = shop.json(&provision);
    assert_eq!((&document["resumed"], &document["already_done"]), (&true.into(), &false.into()));
    // The key that was made before Ctrl-C is the one that was certified.
    assert!(!document["steps"].as_array().unwrap().iter().any(|step| step == "keygen"), "{document}");
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let shop = Shop::new();
    for (name, variable, is_coloured) in [("colour", "UNUSED", true), ("no-colour", "NO_COLOR", false)] {
        let Some(terminal) = Terminal::open(name, &shop, &[(variable, "1")]) else { return };
        terminal.enter("nrfcloud key public nothing");
        terminal.wait_for("error: no such file");
        let screen = terminal.ask(&["capture-pane", "-p", "-e"]);
        assert_eq!(screen.contains("\u{1b}[31m"), is_coloured, "{screen}");
    }
}

/// Prints the help of every command, but for the usage, which the parser keeps in one line whatever its length.
const HELPS: &str = r#"
commands() { nrfcloud "$@" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' | grep -v '^help$'; }
for noun in $(commands); do
  nrfcloud $noun --help | grep -v ^Usage:
  for verb in $(commands $noun); do nrfcloud $noun $verb --help | grep -v ^Usage:; done
done
"#;

#[test]
fn help_fits_into_eighty_columns() {
    let shop = Shop::new();
    shop.write("helps.sh", HELPS);
    let Some(terminal) = Terminal::open("help", &shop, &[]) else { return };
    terminal.enter("sh helps.sh; echo all he''lps");
    terminal.wait_for("all helps");
    let (shown, whole) = (terminal.history(false), terminal.history(true));
    assert!(shown.contains("Milliseconds that a bulk operation takes"), "{shown}");
    let wrapped =
        shown.lines().zip(whole.lines()).find(|(shown, whole)| shown.trim_end() != whole.trim_end());
    assert_eq!(wrapped, None);
    assert_eq!(shown.lines().count(), whole.lines().count());
}

#[test]
fn a_person_talks_to_a_modem_until_ctrl_d() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new();
    let Some(terminal) = Terminal::open("console", &shop, &[("NRFCLOUD_PORT", &kit.port)]) else { return };
    terminal.enter("nrfcloud modem at -");
    terminal.wait_for("note: type commands such as AT+CGSN; Ctrl-D ends\nAT>");
    terminal.enter("AT+CGSN");
    terminal.wait_for(&format!("{}\nOK\nAT>", kit.imei));
    // A refusal is told, and the next command is heard.
    terminal.enter("AT%CMNG=2,41,0");
    terminal.wait_for("error: the modem refused AT%CMNG=2,41,0: +CME ERROR: 513");
    terminal.enter("AT+CGMM");
    terminal.wait_for("nRF9151-LACA\nOK\nAT>");
    terminal.ask(&["send-keys", "C-d"]);
    assert_eq!(terminal.exit_code(), "0");
    // Ctrl-C is heard where nothing is typed.
    terminal.enter("clear; echo cle''ared");
    terminal.wait_for("cleared\n");
    terminal.enter("nrfcloud modem at -");
    terminal.wait_for("\nAT>");
    terminal.control_c();
    terminal.wait_for("error: interrupted;");
    assert_eq!(terminal.exit_code(), "130");
    // The next session finds the modem as it was before these.
    shop.ok(&["modem", "at", "AT", "--port", &kit.port, "--transcript", "next.jsonl"]);
    let next = shop.read("next.jsonl");
    assert!(next.contains("+CMEE: 0") && !next.contains("+CMEE: 1"), "{next}");
}
