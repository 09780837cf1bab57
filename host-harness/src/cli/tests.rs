use super::*;
use crate::table::Format;

fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("host-harness").chain(words.iter().copied()))
}

#[test]
fn the_command_line_contradicts_itself_nowhere() {
    command().debug_assert();
}

#[test]
fn help_shows_every_exit_code_and_every_command_has_examples() {
    let help = command().render_long_help().to_string();
    for (exit, what) in Exit::ALL {
        assert!(help.contains(&format!("{:>3}  {what}", exit.code())), "{what}");
    }
    let mut all = command();
    for command in all.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let help = command.render_long_help().to_string();
        assert!(help.contains("Examples:"), "{}", command.get_name());
        assert!(command.get_about().is_some(), "{}", command.get_name());
    }
}

#[test]
fn options_of_every_command_may_stand_behind_it() {
    let cli = parse(&["status", "--format", "json", "--data-dir", "/d", "-q"]).unwrap();
    assert_eq!(cli.global.format, Format::Json);
    assert_eq!(cli.global.data_dir().unwrap(), std::path::Path::new("/d"));
    assert!(cli.global.quiet);
}

#[test]
fn a_mapping_that_is_none_is_refused_before_anything_is_done() {
    let good = parse(&["status", "--connect-to", "api.example.com:443=127.0.0.1:8443,b.example.com:443=[::1]:8443"]);
    assert_eq!(good.unwrap().global.connect_to.len(), 2);
    for bad in ["api.example.com", "api.example.com:80=127.0.0.1:1", "api.example.com:443=elsewhere:1"] {
        assert!(parse(&["status", "--connect-to", bad]).is_err(), "{bad}");
    }
}

#[test]
fn a_run_names_connections_or_all_of_them_and_not_both() {
    assert!(parse(&["run"]).is_err());
    assert!(parse(&["run", "acme", "--all"]).is_err());
    assert!(parse(&["run", "acme", "globex"]).is_ok());
    assert!(parse(&["run", "--all", "--parallel", "1"]).is_ok());
    assert!(parse(&["run", "--all", "--parallel", "0"]).is_err());
}

#[test]
fn a_name_that_is_none_is_refused_with_the_rule() {
    let error = parse(&["connect", "Acme Ltd"]).unwrap_err().to_string();
    assert!(error.contains("lower-case letters, digits and hyphens"), "{error}");
}

#[test]
fn a_refused_setting_is_not_repeated_on_the_screen_without_its_equals_sign() {
    let error = parse(&["configure", "acme", "--set", "nothing"]).unwrap_err();
    assert_eq!(error.exit_code(), i32::from(Exit::Usage.code()));
}

#[test]
fn a_quota_scale_is_a_number_above_zero() {
    assert_eq!(parse(&["status", "--quota-scale", "100"]).unwrap().global.quota_scale, 100.0);
    for bad in ["0", "-1", "NaN", "inf", "many"] {
        assert!(parse(&["status", &format!("--quota-scale={bad}")]).is_err(), "{bad}");
    }
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    assert!(parse(&["status", "-q", "-v"]).is_err());
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(parse(&["completions", shell]).is_ok(), "{shell}");
    }
}
