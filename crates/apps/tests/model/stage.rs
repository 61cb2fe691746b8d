//! A switch on which sequences are played, one after the other.

use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_test_support::Ear;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::MAX_CALLS;
use crate::act::Act;
use crate::ledger::Ledger;

const CONFIGURATION: &str = r#"<document type="freeswitch/xml">
<section name="configuration">
  <configuration name="switch.conf"><settings>
    <param name="max-sessions" value="1000"/><param name="sessions-per-second" value="10000"/>
  </settings></configuration>
</section>
<section name="dialplan"><context name="default">
  <extension name="park"><condition field="destination_number" expression="^park$">
    <action application="park"/>
  </condition></extension>
  <extension name="wait"><condition field="destination_number" expression="^wait$">
    <action application="answer"/><action application="sleep" data="700"/>
  </condition></extension>
  <extension name="answer"><condition field="destination_number" expression="^answer$">
    <action application="answer"/><action application="park"/>
  </condition></extension>
  <extension name="ring"><condition field="destination_number" expression="^ring$">
    <action application="ring_ready"/><action application="park"/>
  </condition></extension>
  <extension name="busy"><condition field="destination_number" expression="^busy$">
    <action application="hangup" data="USER_BUSY"/>
  </condition></extension>
  <extension name="bridge"><condition field="destination_number" expression="^bridge$">
    <action application="bridge" data="null/far"/><action application="park"/>
  </condition></extension>
  <extension name="fork"><condition field="destination_number" expression="^fork$">
    <action application="set" data="call_timeout=2"/>
    <action application="bridge" data="loopback/ring,loopback/answer"/><action application="park"/>
  </condition></extension>
  <extension name="fail"><condition field="destination_number" expression="^fail$">
    <action application="set" data="call_timeout=1"/>
    <action application="bridge" data="error/USER_BUSY|loopback/ring"/><action application="park"/>
  </condition></extension>
  <extension name="pickup"><condition field="destination_number" expression="^pickup$">
    <action application="set" data="call_timeout=2"/>
    <action application="bridge" data="pickup/all,loopback/ring"/><action application="pickup" data="all"/>
  </condition></extension>
  <extension name="circle"><condition field="destination_number" expression="^circle$">
    <action application="transfer" data="circle"/>
  </condition></extension>
  <extension name="consult"><condition field="destination_number" expression="^consult$">
    <action application="att_xfer" data="null/third"/><action application="park"/>
  </condition></extension>
  <extension name="extension"><condition field="destination_number" expression="^extension$">
    <action application="execute_extension" data="wait"/><action application="execute_extension" data="bridge"/>
  </condition></extension>
</context></section>
</document>"#;

/// How long the calls may take to be gone once they were told to end.
const FAREWELL: Duration = Duration::from_secs(90);

/// A command as it was asked for, and its answer to come; `None` when there is no such command.
type Command = (String, JoinHandle<Option<String>>);

/// A switch, and the clock that stands still while something is to be done.
pub struct Stage {
    runtime: Runtime,
    switch: Arc<Switch>,
}

impl Stage {
    pub fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().unwrap();
        let switch = runtime.block_on(async {
            let switch = strowger_test_support::switch(CONFIGURATION);
            strowger_apps::register(switch.registries());
            switch
        });
        Self { runtime, switch }
    }

    /// Plays a sequence and ends every call that is left.
    ///
    /// # Errors
    /// What does not hold.
    pub fn play(&self, acts: &[Act]) -> Result<(), String> {
        self.runtime.block_on(async {
            let tasks = self.alive_tasks();
            let mut ear = Ear::new(&self.switch, "");
            let mut ledger = Ledger::default();
            let (played, commands) = self.act(acts, &mut ear, &mut ledger).await;
            // A sequence that went wrong leaves nothing to the next one either.
            self.end().await?;
            played?;
            for (line, command) in commands {
                answered(&line, command).await?;
            }
            ledger.enter(&ear.now())?;
            ledger.close()?;
            drop(ear);
            self.look_for_leaks(tasks).await
        })
    }

    async fn act(&self, acts: &[Act], ear: &mut Ear, ledger: &mut Ledger) -> (Result<(), String>, Vec<Command>) {
        let mut commands = Vec::new();
        for act in acts {
            commands.extend(self.perform(*act).await);
            if let Err(fault) = ledger.enter(&ear.now()) {
                return (Err(fault), commands);
            }
        }
        (Ok(()), commands)
    }

    /// Does it; the command that does, which may still be under way.
    async fn perform(&self, act: Act) -> Option<Command> {
        let calls = self.switch.sessions().all();
        let at = |place: usize| {
            let place = place.checked_rem(calls.len());
            place.and_then(|place| calls.get(place)).map_or_else(|| "none".to_owned(), |call| call.uuid().to_owned())
        };
        match (act, act.command(at)) {
            (Act::Sleep(milliseconds), _) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                None
            }
            (Act::Originate(_), _) if calls.len() >= MAX_CALLS => None,
            (_, Some(line)) => {
                let (switch, asked) = (Arc::clone(&self.switch), line.clone());
                // Not waited for: what is done next may meet it half way.
                let command = tokio::spawn(async move {
                    let (name, arguments) = asked.split_once(' ').unwrap();
                    switch.execute_api(name, arguments).await
                });
                tokio::task::yield_now().await;
                Some((line, command))
            }
            (_, None) => None,
        }
    }

    async fn end(&self) -> Result<(), String> {
        let mut left = FAREWELL.as_millis() / 100;
        while self.switch.sessions().counts().running > 0 {
            left = left
                .checked_sub(1)
                .ok_or_else(|| format!("calls that do not end: {:?}", self.switch.sessions().all()))?;
            for call in self.switch.sessions().all() {
                call.hangup(strowger_core::channel::HangupCause::NormalClearing);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    async fn look_for_leaks(&self, tasks_before: usize) -> Result<(), String> {
        // Commands that still wait for a call that is over give up.
        tokio::time::sleep(FAREWELL).await;
        let tasks = self.switch.scheduler().tasks();
        if !tasks.is_empty() {
            return Err(format!("scheduled tasks of calls that are over: {tasks:?}"));
        }
        let alive = self.alive_tasks();
        if alive > tasks_before {
            return Err(format!("{} tasks live on", alive - tasks_before));
        }
        if self.switch.pickups().take("all").is_some() {
            return Err("a leg that is over waits to be picked up".to_owned());
        }
        Ok(())
    }

    fn alive_tasks(&self) -> usize {
        self.runtime.metrics().num_alive_tasks()
    }
}

/// Waits for the answer of a command; all calls are over.
async fn answered(line: &str, command: JoinHandle<Option<String>>) -> Result<(), String> {
    match tokio::time::timeout(FAREWELL, command).await {
        Ok(Ok(Some(_))) => Ok(()),
        Ok(Ok(None)) => Err(format!("there is no such command: {line}")),
        Ok(Err(panicked)) => Err(format!("{line}: {panicked}")),
        Err(_) => Err(format!("no answer: {line}")),
    }
}
