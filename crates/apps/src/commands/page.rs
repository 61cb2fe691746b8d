use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use crate::page::{self, Page};

/// `page` (mod_dptools).
pub(super) struct PageAll;

#[async_trait]
impl ApiCommand for PageAll {
    fn about(&self) -> About {
        About {
            name: "page",
            syntax: "(var1=val1,var2=val2)<var1=val1,var2=val2><chan1>[:_:<chanN>]",
            help: "Calls all these endpoints and plays them the file `page_path`; the variables in parentheses say how, as those of the application. Says nothing.",
            module: "mod_dptools",
        }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return "-ERR no data".to_owned();
        }
        if let Err(error) = start(&call).await {
            tracing::error!("{error}");
        }
        String::new()
    }
}

/// Why nobody is paged, as FreeSWITCH says it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum PageError {
    #[error("Parse Error!")]
    Parse,
    #[error("No channels specified.")]
    NoChannels,
    #[error("No file specified.")]
    NoFile,
    #[error("File {0} does not exist")]
    Missing(String),
}

async fn start(call: &ApiCall<'_>) -> Result<(), PageError> {
    let (settings, data) =
        call.arguments.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or(PageError::Parse)?;
    let setting = |name: &str| {
        let pairs = settings.split(',').filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(key, value)| key.trim() == name && !value.is_empty());
        values.next().map(|(_, value)| value.trim().trim_matches('\'').to_owned())
    };
    let data = Some(data.trim().to_owned()).filter(|data| !data.is_empty()).or_else(|| setting("page_data"));
    let data = data.ok_or(PageError::NoChannels)?;
    let path = setting("page_path").ok_or(PageError::NoFile)?;
    if !page::exists(&path).await {
        return Err(PageError::Missing(path.chars().take(200).collect()));
    }
    let page = Page {
        path,
        is_temporary: false,
        data,
        chunk: page::chunk(setting("page_chunk_size").as_deref()),
        extension: setting("page_exten"),
        dialplan: setting("page_dp").unwrap_or_else(|| "inline".to_owned()),
        context: setting("page_context").unwrap_or_default(),
    };
    page.launch(call.switch);
    Ok(())
}
