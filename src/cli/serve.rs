//! `resolute serve`

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::app::Desk;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{platforms, play};
use crate::{jobs, web};

/// How long running work has to come to an end.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Opens on a lively shop that needs no key and no network.
    #[arg(long)]
    demo: bool,
    /// With the demo: the address of a program that plays the platforms. An account on each is connected, and customers write
    /// there.
    #[arg(long, value_name = "URL", requires = "demo")]
    platforms: Option<String>,
    /// What this process does.
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
    /// Where to listen; over the configuration.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    All,
    Web,
    Worker,
}

impl Serve {
    pub(super) async fn run(self, mut config: Config) -> anyhow::Result<()> {
        if self.demo && config.data_dir == Config::default().data_dir {
            config.data_dir = super::DEMO.into();
        }
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        let listener = match self.role {
            Role::Worker => None,
            Role::All | Role::Web => Some(listen(config.listen)?),
        };
        let desk = Desk::open(config, Clock::system()).await?;
        let _works_alone = if self.role == Role::Web { None } else { desk.take_up_work().await? };
        let stop = desk.stop_token();
        let demo = if self.demo { Some(play::prepare(&desk).await?) } else { None };
        let workers = if self.role == Role::Web {
            vec![tokio::spawn(jobs::upkeep::keep_time(desk.clone(), stop.clone()))]
        } else {
            jobs::start(&desk, &stop).await?
        };
        let mut web = None;
        if let Some(listener) = listener {
            super::keep_address(&desk.config)?;
            let server = web::server(&desk, listener)?;
            super::say(&format!("Resolute listens on {}", desk.config.public_address()));
            web = Some((server.handle(), tokio::spawn(server)));
        }
        if let Some(demo) = demo {
            super::say(&format!("Sign in as {} with the password {}", play::EMAIL, play::PASSWORD));
            super::say(&format!("The shop with its chat: {}", demo.shop));
            if let Some(address) = &self.platforms {
                let opened = Box::pin(platforms::open(&desk, &demo, address)).await?;
                super::say(&format!("Customers write on {}", opened.join(", ")));
            }
            tokio::spawn(play::play(desk.clone(), demo.mail));
        }
        until_told().await;
        tracing::info!("the desk stops; running work comes to an end first");
        stop.cancel();
        if let Some((handle, server)) = web {
            handle.stop(true).await;
            server.await.context("the web server ended unexpectedly")??;
        }
        let _ = tokio::time::timeout(PATIENCE, futures_util::future::join_all(workers)).await;
        desk.db.close().await;
        Ok(())
    }
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .with_context(|| format!("{address} cannot be used; choose another with --listen 127.0.0.1:PORT"))
}

/// Waits for Ctrl-C or a request to end.
async fn until_told() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
