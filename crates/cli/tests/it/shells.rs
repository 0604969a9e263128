//! What the command brings for shells and for `man`.

use std::process::{Command, Stdio};

use crate::support::{Shop, not_tested};

#[test]
fn every_shell_has_a_script_with_every_noun() {
    let shop = Shop::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = shop.ok(&["completions", shell]);
        for word in ["jwt", "onboard", "--sec-tag", "--format"] {
            assert!(script.contains(word.trim_start_matches('-')), "{shell}: no {word}");
        }
    }
    let document = shop.json(&["completions", "fish"]);
    assert_eq!((&document["schema"], &document["shell"]), (&"nrfcloud.completions".into(), &"fish".into()));
    assert_eq!(shop.run(&["completions", "cmd.exe"]).code, 2);
}

/// What bash would offer behind `words`, whose last one is being typed.
fn offered(shop: &Shop, words: &[&str]) -> Option<String> {
    shop.write("completions.bash", shop.ok(&["completions", "bash"]));
    let script = format!(
        ". ./completions.bash; COMP_WORDS=({words}) COMP_CWORD={last}; _nrfcloud nrfcloud '{word}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
        words = words.join(" "),
        last = words.len() - 1,
        word = words[words.len() - 1],
        before = words[words.len() - 2],
    );
    let mut bash = Command::new("bash");
    match bash.args(["-c", &script]).current_dir(shop.path("")).stdin(Stdio::null()).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        Err(error) => {
            not_tested("completion in bash", error);
            None
        }
    }
}

#[test]
fn bash_completes_nouns_verbs_and_options() {
    let shop = Shop::new();
    let Some(nouns) = offered(&shop, &["nrfcloud", "jw"]) else { return };
    assert_eq!(nouns, "jwt");
    assert_eq!(offered(&shop, &["nrfcloud", "modem", "keyg"]).unwrap(), "keygen");
    assert_eq!(offered(&shop, &["nrfcloud", "device", "check", "--fi"]).unwrap(), "--fix");
    assert_eq!(offered(&shop, &["nrfcloud", "--format", "js"]).unwrap(), "json");
}

#[test]
fn each_command_has_a_page() {
    let shop = Shop::new();
    let written = shop.ok(&["man", "--out", "man1"]);
    let names: Vec<&str> = written.lines().collect();
    for name in ["man1/nrfcloud.1", "man1/nrfcloud-jwt.1", "man1/nrfcloud-jwt-sign.1", "man1/nrfcloud-man.1"]
    {
        assert!(names.contains(&name), "{written}");
        let page = shop.read(name);
        let title = name.trim_start_matches("man1/").trim_end_matches(".1");
        assert!(page.contains(&format!(".TH {title} 1")), "{page}");
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(!written.contains("help"), "{written}");
    assert_eq!(shop.read("man1/nrfcloud-jwt-sign.1"), shop.ok(&["man", "jwt", "sign"]));
    assert_eq!(shop.json(&["man", "jwt"])["schema"], "nrfcloud.man");
    let run = shop.run(&["man", "--out", "man1"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{run:?}");
    shop.ok(&["man", "--out", "man1", "--force"]);
}

#[test]
fn a_page_of_nothing_is_refused() {
    Shop::new().refused(
        &["man", "jwt", "juggle"],
        2,
        "error: no command `jwt juggle`\n\
         help: `nrfcloud --help` lists the nouns, `nrfcloud NOUN --help` its verbs\n",
    );
}
