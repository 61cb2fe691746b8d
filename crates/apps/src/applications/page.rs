use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use super::announce::announce;
use crate::page::{self, Page};

/// `page`.
pub(super) struct PageAll;

/// What is heard before the page is recorded.
const BEEP: &str = "tone_stream://%(500,0, 620)";

#[async_trait]
impl Application for PageAll {
    fn about(&self) -> About {
        about(
            "page",
            "<var1=val1,var2=val2><chan1>[:_:<chanN>]",
            "Records what the caller says behind a beep (`page_beep`), or takes `page_path`, and plays it to all these endpoints, `page_chunk_size` (10) of them at once; `page_record_limit`, `page_record_thresh`, `page_record_silence_hits`; `page_exten`, `page_dp` and `page_context` send them elsewhere.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let variable = |session: &Session, name: &str| session.channel.variable(name).map(str::to_owned);
        let data = Some(data.trim().to_owned()).filter(|data| !data.is_empty());
        let Some(data) = data.or_else(|| session.channel.variable("page_data").map(str::to_owned)) else {
            tracing::error!(uuid = %session.channel.uuid, "No channels specified.");
            return Ok(());
        };
        let given = session.channel.variable("page_path").map(str::to_owned);
        let path = match &given {
            Some(path) => path.clone(),
            None => record(session).await?,
        };
        if !session.attend(page::exists(&path)).await? {
            tracing::error!(uuid = %session.channel.uuid, "File {path} does not exist");
            return Ok(());
        }
        let page = Page {
            path,
            is_temporary: given.is_none(),
            data,
            chunk: page::chunk(session.channel.variable("page_chunk_size")),
            extension: variable(session, "page_exten"),
            dialplan: session.channel.variable("page_dp").unwrap_or("inline").to_owned(),
            context: session.channel.variable("page_context").unwrap_or_default().to_owned(),
        };
        page.launch(session.switch());
        Ok(())
    }
}

/// Records what is to be heard; the file's path.
async fn record(session: &mut Session) -> Result<String, Interrupted> {
    let folder = session.switch().globals().get("temp_dir").map_or_else(std::env::temp_dir, Into::into);
    let path = folder.join(format!("{}.wav", session.switch().new_uuid())).to_string_lossy().into_owned();
    let beep = session.channel.variable("page_beep").unwrap_or(BEEP).to_owned();
    announce(session, &beep).await?;
    let limit = session.channel.variable("page_record_limit").unwrap_or("0").to_owned();
    let threshold = session.channel.variable("page_record_thresh").unwrap_or("0").to_owned();
    let hits = session.channel.variable("page_record_silence_hits").unwrap_or("0").to_owned();
    if let Some(record) = session.switch().registries().applications.get("record") {
        let arguments = format!("{path} {} {threshold} {hits}", limit.trim_start_matches('+'));
        record.run(session, &arguments).await?;
    }
    Ok(path)
}
