//! `ivr`: menus that are spoken (`switch_ivr_menu.c`).

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use strowger_config::{Config, IvrAction, IvrDigits, IvrEntry, IvrMenu};
use strowger_core::bus::Origin;
use strowger_core::channel::Dtmf;
use strowger_core::dialplan::substitute;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Action, Interrupted, Session};
use strowger_event::EventKind;

use super::about;
use super::collect::{Outcome, Question, Wanted};
use super::phrase::Call;
use super::play_and_get_digits::Check;
use super::playback::{Ended, Until, play, play_deaf, play_until_key, taking};

/// `ivr`.
pub(super) struct Ivr;

/// Menus within menus; one more is not entered.
const DEPTH: u32 = 12;

const EVENT: Origin = Origin::new("switch_ivr_menu.c", "ivr_send_event", 88);

#[async_trait]
impl Application for Ivr {
    fn about(&self) -> About {
        about(
            "ivr",
            "<menu_name>",
            "Runs a menu of ivr.conf: greets, takes digits and does what the menu's entries say, until the menu is left. `ivr_menu_status` tells how: `success`, `failure` or `timeout`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let config = session.switch().config();
        let name = data.trim();
        if find(&config, name).is_none() {
            tracing::error!(uuid = %session.channel.uuid, "Unable to find menu \"{name}\"");
            return Ok(());
        }
        Walk { config: &config, first: name, depth: 0, to_top: false }.visit(session, name).await.map(|_| ())
    }
}

/// How a step went; anything but a success leaves the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Success,
    /// To the top, or stopped by `uuid_break`.
    Break,
    Failure,
}

impl From<Ended> for Status {
    fn from(ended: Ended) -> Status {
        match ended {
            Ended::Done => Status::Success,
            Ended::Broken => Status::Break,
            Ended::NotFound | Ended::Lost => Status::Failure,
        }
    }
}

/// A caller's way through menus.
struct Walk<'a> {
    /// As it was when the first menu was entered: a `reloadxml` meanwhile is for those who come later.
    config: &'a Config,
    /// The menu that the caller came into.
    first: &'a str,
    depth: u32,
    /// `menu-top` was chosen.
    to_top: bool,
}

/// How often a menu was missed.
#[derive(Default)]
struct Tally {
    failures: u32,
    timeouts: u32,
}

/// What is done next in a menu.
struct Turn {
    status: Status,
    /// It is greeted as at first.
    anew: bool,
    /// `menu-back` was chosen.
    back: bool,
}

type Visit<'v> = Pin<Box<dyn Future<Output = Result<Status, Interrupted>> + Send + 'v>>;

impl Walk<'_> {
    /// Enters a menu, and comes back when it is left.
    fn visit<'v>(&'v mut self, session: &'v mut Session, name: &'v str) -> Visit<'v> {
        Box::pin(async move {
            let uuid = session.channel.uuid.clone();
            if self.depth >= DEPTH {
                tracing::error!(%uuid, "Too many levels of recursion.");
                return Ok(Status::Failure);
            }
            let Some(menu) = find(self.config, name) else {
                tracing::error!(%uuid, "Invalid Menu! There is no \"{name}\"");
                return Ok(Status::Failure);
            };
            if let Some(problem) = &menu.problem {
                tracing::error!(%uuid, "Unable to create menu: {problem}");
                return Ok(Status::Failure);
            }
            self.depth += 1;
            prepare_speech(session, menu);
            tracing::debug!(%uuid, "Executing IVR menu {name}");
            set_status(session, "success");
            tell(session, menu, "menu::enter");
            let outcome = match admitted(session, menu).await {
                Ok(true) => self.stay(session, menu).await,
                Ok(false) => Ok(Status::Failure),
                Err(interrupted) => Err(interrupted),
            };
            self.depth -= 1;
            tell(session, menu, "menu::exit");
            outcome
        })
    }

    async fn stay(&mut self, session: &mut Session, menu: &IvrMenu) -> Result<Status, Interrupted> {
        let (mut tally, mut status, mut is_first) = (Tally::default(), Status::Success, true);
        while status == Status::Success {
            // A menu without sounds must not keep others from their turn.
            session.attend(tokio::task::yield_now()).await?;
            if tally.is_over(session, menu).await? {
                break;
            }
            let greeting = if is_first || menu.greet_short.is_empty() { &menu.greet_long } else { &menu.greet_short };
            is_first = false;
            let (outcome, digits) = ask(session, menu, greeting).await?;
            if outcome == Outcome::Timeout && digits.is_empty() {
                tally.timeouts += 1;
                continue;
            }
            let Some(turn) = self.choose(session, menu, &digits).await? else {
                tally.failures += 1;
                complain(session, menu, &digits).await?;
                continue;
            };
            tally.failures = 0;
            (status, is_first) = (turn.status, turn.anew);
            if menu.name == self.first && std::mem::take(&mut self.to_top) {
                status = Status::Success;
            } else if turn.back {
                break;
            }
        }
        if self.depth == 1 && !menu.exit_sound.is_empty() {
            tracing::debug!(uuid = %session.channel.uuid, "exit-sound '{}'", menu.exit_sound);
            return play_apart(session, &menu.exit_sound).await;
        }
        Ok(status)
    }

    /// Does what the digits are for; `None` when they are for nothing.
    async fn choose(
        &mut self,
        session: &mut Session,
        menu: &IvrMenu,
        digits: &str,
    ) -> Result<Option<Turn>, Interrupted> {
        let mut turn = None;
        if digits.is_empty() {
            return Ok(turn);
        }
        for entry in &menu.entries {
            prepare_speech(session, menu);
            let Some(param) = param(entry, digits) else { continue };
            let uuid = &session.channel.uuid;
            tracing::debug!(%uuid, "IVR action on menu '{}' matched '{digits}' param '{param}'", menu.name);
            let status = self.perform(session, menu, entry.action, &param).await?;
            let anew = entry.action == IvrAction::Sub && param != menu.name;
            turn = Some(Turn { status, anew, back: entry.action == IvrAction::Back });
        }
        Ok(turn)
    }

    async fn perform(
        &mut self,
        session: &mut Session,
        menu: &IvrMenu,
        action: IvrAction,
        param: &str,
    ) -> Result<Status, Interrupted> {
        match action {
            IvrAction::Exit => Ok(Status::Failure),
            IvrAction::Back => Ok(Status::Success),
            IvrAction::Top => {
                self.to_top = true;
                Ok(Status::Break)
            }
            IvrAction::Sub if param == menu.name => Ok(Status::Success),
            IvrAction::Sub => {
                tell(session, menu, "menu::exit");
                let status = self.visit(session, param).await?;
                tell(session, menu, "menu::enter");
                Ok(status)
            }
            IvrAction::Play => Ok(play_deaf(session, param).await?.into()),
            IvrAction::SayPhrase => Ok(play_deaf(session, &format!("phrase:{param}")).await?.into()),
            IvrAction::Execute => execute(session, menu, param).await,
            IvrAction::ExecuteApi => {
                let (name, arguments) = param.split_once(' ').unwrap_or((param, ""));
                let arguments = session.expand(arguments).await.into_owned();
                let switch = session.switch().clone();
                let answer = session.attend(switch.execute_api(name, &arguments)).await?;
                Ok(if answer.is_some() { Status::Success } else { Status::Failure })
            }
        }
    }
}

impl Tally {
    /// Whether the menu was missed too often; it is said so, and done what the menu has for that.
    async fn is_over(&self, session: &mut Session, menu: &IvrMenu) -> Result<bool, Interrupted> {
        let (status, action) = if self.failures >= menu.max_failures {
            ("failure", &menu.exec_on_max_failures)
        } else if self.timeouts >= menu.max_timeouts {
            ("timeout", &menu.exec_on_max_timeouts)
        } else {
            return Ok(false);
        };
        tracing::debug!(uuid = %session.channel.uuid, "Maximum {status}s");
        set_status(session, status);
        if !action.is_empty() {
            session.execute(&parse_action(action)).await?;
        }
        Ok(true)
    }
}

fn prepare_speech(session: &mut Session, menu: &IvrMenu) {
    if let Some((engine, voice)) = &menu.speech {
        session.channel.variables.set("tts_engine", engine);
        session.channel.variables.set("tts_voice", voice);
    }
}

fn set_status(session: &mut Session, status: &str) {
    session.channel.variables.set("ivr_menu_status", status);
}

fn tell(session: &Session, menu: &IvrMenu, subclass: &str) {
    session.fire(EventKind::Custom, EVENT, &[("Event-Subclass", subclass), ("Menu-Name", &menu.name)], &[]);
}

/// Whether the caller knows the menu's PIN, if it has one.
async fn admitted(session: &mut Session, menu: &IvrMenu) -> Result<bool, Interrupted> {
    if menu.pin.is_empty() {
        return Ok(true);
    }
    let question = Question {
        min: menu.pin.len(),
        max: menu.pin.len(),
        prompt: &menu.prompt_pin_file,
        variable: "",
        timeout: Duration::from_secs(3),
        digit_timeout: Duration::from_secs(10),
        terminators: "#",
    };
    let check = Check { pattern: &format!("^{}$", menu.pin), invalid_file: &menu.bad_pin_file };
    check.ask(session, &question, 3).await
}

/// Plays the greeting and takes digits. Without a greeting nothing is waited for.
async fn ask(session: &mut Session, menu: &IvrMenu, greeting: &str) -> Result<(Outcome, String), Interrupted> {
    let mut digits = String::new();
    let greeting = session.expand(greeting).await.into_owned();
    session.pre_answer()?;
    if greeting.is_empty() || menu.digit_len == 0 {
        play_apart(session, &greeting).await?;
        return Ok((Outcome::NoPrompt, digits));
    }
    let taken = play(session, &greeting, |_, dtmf| {
        digits.push(dtmf.digit);
        true
    });
    taken.await?;
    let mut outcome = Outcome::Success;
    if digits.len() < menu.digit_len {
        let terminators = terminators(session);
        let wanted = wanted(menu, &terminators, !digits.is_empty());
        outcome = wanted.collect(session, &mut digits).await?.0;
    }
    if outcome == Outcome::Success && !digits.is_empty() && !is_confirmed(session, menu, &digits).await? {
        digits.clear();
    }
    tracing::debug!(uuid = %session.channel.uuid, "digits '{digits}'");
    Ok((outcome, digits))
}

/// Says the digits until the caller presses the key that confirms them, another one, or has been asked often enough.
async fn is_confirmed(session: &mut Session, menu: &IvrMenu, digits: &str) -> Result<bool, Interrupted> {
    if menu.confirm_macro.is_empty() {
        return Ok(true);
    }
    let terminators = terminators(session);
    let wanted = Wanted { most: 1, terminators: &terminators, first: menu.timeout, each: menu.timeout, all: None };
    for _ in 0..menu.confirm_attempts {
        let mut pressed = String::new();
        let mut take = taking(|_: &mut Session, dtmf: Dtmf| {
            pressed.push(dtmf.digit);
            true
        });
        let call = Call { name: &menu.confirm_macro, data: digits, language: None };
        if menu.confirm_key.is_empty() {
            call.run(session, &mut Until::new(&mut Session::take_break)).await?;
            continue;
        }
        call.run(session, &mut Until::new(&mut take)).await?;
        drop(take);
        if pressed.is_empty() {
            wanted.collect(session, &mut pressed).await?;
        }
        if !pressed.is_empty() {
            return Ok(pressed.starts_with(|pressed| menu.confirm_key.starts_with(pressed)));
        }
    }
    tracing::debug!(uuid = %session.channel.uuid, "rejecting digits '{digits}'");
    Ok(false)
}

fn terminators(session: &Session) -> String {
    session.channel.variable("ivr_menu_terminator").unwrap_or("#").to_owned()
}

fn wanted<'a>(menu: &IvrMenu, terminators: &'a str, has_begun: bool) -> Wanted<'a> {
    let each = if menu.inter_digit_timeout.is_zero() { menu.timeout } else { menu.inter_digit_timeout };
    let first = if has_begun { each } else { menu.timeout };
    Wanted { most: menu.digit_len, terminators, first, each, all: Some(menu.timeout) }
}

/// Says that the digits are for nothing.
async fn complain(session: &mut Session, menu: &IvrMenu, digits: &str) -> Result<(), Interrupted> {
    let uuid = &session.channel.uuid;
    if digits.is_empty() {
        tracing::debug!(%uuid, "IVR menu '{}' no input detected", menu.name);
        return Ok(());
    }
    tracing::debug!(%uuid, "IVR menu '{}' caught invalid input '{digits}'", menu.name);
    play_apart(session, &menu.invalid_sound).await.map(|_| ())
}

/// Plays a sound that any key ends; the key waits for what comes next.
async fn play_apart(session: &mut Session, sound: &str) -> Result<Status, Interrupted> {
    if sound.is_empty() {
        return Ok(Status::Failure);
    }
    let sound = session.expand(sound).await.into_owned();
    Ok(play_until_key(session, &sound).await?.into())
}

async fn execute(session: &mut Session, menu: &IvrMenu, param: &str) -> Result<Status, Interrupted> {
    let action = parse_action(param);
    if session.switch().registries().applications.get(&action.application).is_none() {
        let uuid = &session.channel.uuid;
        tracing::error!(%uuid, "IVR menu '{}': Invalid Application {}", menu.name, action.application);
        return Ok(Status::Failure);
    }
    if action.application == "transfer" && !menu.transfer_sound.is_empty() {
        play_apart(session, &menu.transfer_sound).await?;
    }
    session.execute(&action).await?;
    session.check()?;
    Ok(Status::Success)
}

/// `application data`.
fn parse_action(text: &str) -> Action {
    let (application, data) = text.split_once(' ').unwrap_or((text, ""));
    Action { application: application.to_owned(), data: data.to_owned() }
}

fn find<'a>(config: &'a Config, name: &str) -> Option<&'a IvrMenu> {
    config.ivr_menus.iter().find(|menu| menu.name == name)
}

/// An entry's param, with what an expression captured in place, when these digits are its own.
fn param(entry: &IvrEntry, digits: &str) -> Option<String> {
    match &entry.digits {
        IvrDigits::Exactly(exactly) => (exactly == digits).then(|| entry.param.clone()),
        // One that cannot be matched was told of when the configuration was read.
        IvrDigits::Like(pattern) => Some(substitute(&entry.param, &pattern.groups(digits).ok().flatten()?)),
    }
}
