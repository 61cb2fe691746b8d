//! `ivr`: menus of ivr.conf.xml (`switch_ivr_menu_execute`).

use std::time::Duration;

use async_trait::async_trait;
use strowger_config::{Config, IvrAction, IvrDigits, IvrEntry, IvrMenu};
use strowger_core::dialplan::substitute;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Action, Interrupted, Session};

use super::about;
use super::collect::{Outcome, Question, Wait};
use super::playback::{Ended, play, play_deaf, play_until_digit};

/// `ivr`.
pub(super) struct Ivr;

const PIN_TRIES: usize = 3;
const PIN_TIMEOUT: Duration = Duration::from_secs(3);
const PIN_DIGIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How deep menus may be in menus.
const MAX_DEPTH: usize = 12;

#[async_trait]
impl Application for Ivr {
    fn about(&self) -> About {
        about(
            "ivr",
            "<menu name>",
            "Leads the caller through a menu of ivr.conf.xml. `ivr_menu_status` is `success`, `failure` or `timeout` afterwards.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        // A reloadxml while the caller is in it changes nothing for this caller.
        let config = session.switch().config();
        let Some(menu) = find(session, &config, data.trim()) else { return Ok(()) };
        session.pre_answer()?;
        visit(session, &config, menu).await
    }
}

/// Where a menu's turn leads.
enum Step<'a> {
    /// On in this menu.
    On,
    /// Into another menu.
    Into(&'a IvrMenu),
    /// To the menu before.
    Back,
    /// To the first menu.
    Top,
    /// Out of all of them.
    Out,
}

/// A menu that the caller is in, or comes back to.
struct Level<'a> {
    menu: &'a IvrMenu,
    failures: u32,
    timeouts: u32,
    /// Whether the long greeting is next.
    is_first: bool,
}

/// What came of asking for digits.
struct Typed {
    digits: String,
    /// Whether the caller let the time pass.
    is_late: bool,
}

/// Leads a caller through the menus, from this one on, until the last is left.
async fn visit(session: &mut Session, config: &Config, first: &IvrMenu) -> Result<(), Interrupted> {
    let mut levels = Vec::new();
    let mut step = Step::Into(first);
    loop {
        match step {
            Step::On => {}
            Step::Back => drop(levels.pop()),
            Step::Top => levels.truncate(1),
            Step::Out => levels.clear(),
            Step::Into(_) if levels.len() >= MAX_DEPTH => {
                tracing::error!(uuid = %session.channel.uuid, "Too many levels of recursion.");
                levels.clear();
            }
            Step::Into(menu) => {
                begin(session, menu);
                if admits(session, menu).await? {
                    levels.push(Level { menu, failures: 0, timeouts: 0, is_first: true });
                } else {
                    levels.clear();
                }
            }
        }
        let Some(level) = levels.last_mut() else { break };
        step = level.turn(session, config).await?;
    }
    if !first.exit_sound.is_empty() {
        play_until_digit(session, &first.exit_sound).await?;
    }
    Ok(())
}

impl Level<'_> {
    /// Asks once and does what the digits are for.
    async fn turn<'a>(&mut self, session: &mut Session, config: &'a Config) -> Result<Step<'a>, Interrupted> {
        session.check()?;
        let menu = self.menu;
        if self.failures >= menu.max_failures {
            return give_up(session, "failure", &menu.exec_on_max_failures).await;
        }
        if self.timeouts >= menu.max_timeouts {
            return give_up(session, "timeout", &menu.exec_on_max_timeouts).await;
        }
        let typed = ask(session, menu, std::mem::take(&mut self.is_first)).await?;
        if typed.is_late && typed.digits.is_empty() {
            self.timeouts += 1;
            return Ok(Step::On);
        }
        let entries = menu.entries.iter();
        let chosen: Vec<_> = entries.filter_map(|entry| Some((entry.action, param(entry, &typed.digits)?))).collect();
        if chosen.is_empty() {
            self.failures += 1;
            return refuse(session, menu, &typed.digits).await.map(|()| Step::On);
        }
        self.failures = 0;
        for (action, param) in chosen {
            match act(session, menu, action, &param, config).await? {
                Step::On => {}
                step => {
                    // Whoever comes back hears the long greeting again.
                    self.is_first = true;
                    return Ok(step);
                }
            }
        }
        Ok(Step::On)
    }
}

/// Leaves a menu that the caller got nowhere in.
async fn give_up<'a>(session: &mut Session, status: &str, then: &str) -> Result<Step<'a>, Interrupted> {
    session.channel.variables.set("ivr_menu_status", status);
    execute(session, then).await.map(|_| Step::Back)
}

/// Does what an entry says.
async fn act<'a>(
    session: &mut Session,
    menu: &IvrMenu,
    action: IvrAction,
    param: &str,
    config: &'a Config,
) -> Result<Step<'a>, Interrupted> {
    let is_done = match action {
        IvrAction::Exit => false,
        IvrAction::Back => return Ok(Step::Back),
        IvrAction::Top => return Ok(Step::Top),
        IvrAction::Play => matches!(play_deaf(session, param).await?, Ended::Done | Ended::Broken),
        IvrAction::Execute => execute(session, param).await?,
        IvrAction::Sub if param == menu.name => true,
        IvrAction::Sub => match find(session, config, param) {
            Some(menu) => return Ok(Step::Into(menu)),
            None => false,
        },
    };
    Ok(if is_done { Step::On } else { Step::Out })
}

/// The menu of that name; that there is none is told.
fn find<'a>(session: &Session, config: &'a Config, name: &str) -> Option<&'a IvrMenu> {
    let found = config.ivr_menus.iter().find(|menu| menu.name == name);
    if found.is_none() {
        tracing::error!(uuid = %session.channel.uuid, "Unable to find menu '{name}'");
    }
    found
}

/// Runs `application argument`; whether there is such an application. Nothing is none.
async fn execute(session: &mut Session, line: &str) -> Result<bool, Interrupted> {
    let (application, data) = line.split_once(' ').unwrap_or((line, ""));
    if session.switch().registries().applications.get(application).is_none() {
        if !application.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Invalid application {application} of an IVR menu");
        }
        return Ok(false);
    }
    session.execute(&Action { application: application.to_owned(), data: data.to_owned() }).await?;
    session.check()?;
    Ok(true)
}

/// Notes that the caller is in a menu.
fn begin(session: &mut Session, menu: &IvrMenu) {
    tracing::debug!(uuid = %session.channel.uuid, "Executing IVR menu {}", menu.name);
    let variables = &mut session.channel.variables;
    if let Some((engine, voice)) = &menu.speech {
        variables.set("tts_engine", engine);
        variables.set("tts_voice", voice);
    }
    variables.set("ivr_menu_status", "success");
}

/// Asks for the PIN, if there is one; whether the caller may come in.
async fn admits(session: &mut Session, menu: &IvrMenu) -> Result<bool, Interrupted> {
    if menu.pin.is_empty() {
        return Ok(true);
    }
    let question = Question {
        min: menu.pin.len(),
        max: menu.pin.len(),
        prompt: &menu.prompt_pin_file,
        variable: "",
        timeout: PIN_TIMEOUT,
        digit_timeout: PIN_DIGIT_TIMEOUT,
        terminators: "#",
    };
    for _ in 0..PIN_TRIES {
        if question.ask(session).await?.1 == menu.pin {
            return Ok(true);
        }
        if !menu.bad_pin_file.is_empty() {
            play_deaf(session, &menu.bad_pin_file).await?;
        }
    }
    session.channel.variables.set("ivr_menu_status", "failure");
    Ok(false)
}

/// Tells the caller that the digits are for nothing.
async fn refuse(session: &mut Session, menu: &IvrMenu, digits: &str) -> Result<(), Interrupted> {
    if !digits.is_empty() {
        let name = &menu.name;
        tracing::debug!(uuid = %session.channel.uuid, "IVR menu '{name}' caught invalid input '{digits}'");
        if !menu.invalid_sound.is_empty() {
            play_until_digit(session, &menu.invalid_sound).await?;
        }
    }
    Ok(())
}

/// Plays the greeting and takes digits.
async fn ask(session: &mut Session, menu: &IvrMenu, is_first: bool) -> Result<Typed, Interrupted> {
    let short = Some(&menu.greet_short).filter(|short| !is_first && !short.is_empty());
    let greeting = session.expand(short.unwrap_or(&menu.greet_long)).await.into_owned();
    let mut digits = String::new();
    if greeting.is_empty() {
        return Ok(Typed { digits, is_late: false });
    }
    play(session, &greeting, |_, dtmf| {
        digits.push(dtmf.digit);
        true
    })
    .await?;
    let mut is_late = false;
    if digits.len() < menu.digit_len {
        let terminators = session.channel.variable("ivr_menu_terminator").filter(|given| !given.is_empty());
        let terminators = terminators.unwrap_or("#").to_owned();
        let first = if digits.is_empty() { menu.timeout } else { menu.inter_digit_timeout };
        let next = menu.inter_digit_timeout;
        let wait = Wait { max: menu.digit_len, terminators: &terminators, first, next, all: Some(menu.timeout) };
        is_late = wait.take(session, &mut digits).await?.0 == Outcome::Timeout;
    }
    Ok(Typed { digits, is_late })
}

/// The param of an entry, when it is for these digits.
fn param(entry: &IvrEntry, digits: &str) -> Option<String> {
    if digits.is_empty() {
        return None;
    }
    match &entry.digits {
        IvrDigits::Exactly(exactly) => (exactly == digits).then(|| entry.param.clone()),
        // One that cannot be matched was told of when the configuration was read.
        IvrDigits::Like(pattern) => Some(substitute(&entry.param, &pattern.groups(digits).ok().flatten()?)),
    }
}
