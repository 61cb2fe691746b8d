//! Programs of the machine, which are off unless the configuration switches them on.

use strowger_event::EventKind;
use strowger_test_support::Ear;

use super::{api, call, test_switch};

const ON: &str = r#"<d><section name="configuration"><configuration name="switch.conf"><settings>
    <param name="enable-system-commands" value="true"/></settings></configuration></section></d>"#;

#[tokio::test]
async fn they_are_off() {
    let switch = test_switch();
    let made = std::env::temp_dir().join(format!("strowger-{}", std::process::id()));
    let off = "-ERR programs may not be run: param \"enable-system-commands\" of switch.conf.xml is not true\n";
    for command in ["system", "bg_system", "spawn", "bg_spawn", "spawn_stream"] {
        assert_eq!(api(&switch, &format!("{command} touch {}", made.display())).await, off, "{command}");
    }
    let id = call(&switch, "", "&park").await;
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE_COMPLETE");
    assert_eq!(
        api(&switch, &format!("uuid_broadcast {id} system::touch {}", made.display())).await,
        "+OK Message sent\n"
    );
    ear.find(EventKind::ChannelExecuteComplete, &[("Application", "system")]).await;
    assert!(!made.exists());
}

#[tokio::test]
async fn they_are_bounded() {
    let switch = strowger_test_support::switch(ON);
    crate::register(switch.registries());
    assert_eq!(api(&switch, "system head -c 3000000 /dev/zero | tr '\\0' x").await.len(), 1 << 20);
    assert_eq!(api(&switch, "system cat").await, "");
    let nul = api(&switch, "spawn a\0b").await;
    assert!(nul.starts_with("-ERR "), "{nul}");
}
