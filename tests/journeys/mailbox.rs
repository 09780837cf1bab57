//! A mail server on loopback: STARTTLS, one account, and a box in which all mail lies.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::receiver::acceptor;
use crate::tenant::runtime;

/// A mail that arrived.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Who sends, by the envelope.
    pub from: String,
    /// Who receives, by the envelope.
    pub to: Vec<String>,
    /// Headers and body.
    pub text: String,
}

/// A running server.
pub struct Mailbox {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate to trust.
    pub certificate: String,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Starts a server that takes mail from `user` with `password`.
    pub fn start(user: &str, password: &str) -> Mailbox {
        let account = BASE64.encode(format!("\0{user}\0{password}"));
        runtime().block_on(async {
            let (acceptor, certificate) = acceptor();
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
            let address = listener.local_addr().expect("an address");
            let mails = Arc::new(Mutex::new(Vec::new()));
            let shared = mails.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(talk(stream, acceptor.clone(), account.clone(), shared.clone()));
                }
            });
            Mailbox { address, certificate, mails }
        })
    }

    /// What arrived so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("no panic").clone()
    }
}

async fn talk(
    stream: tokio::net::TcpStream,
    acceptor: TlsAcceptor,
    account: String,
    mails: Arc<Mutex<Vec<Mail>>>,
) -> Option<()> {
    let mut plain = BufReader::new(stream);
    say(&mut plain, "220 localhost").await?;
    loop {
        let line = hear(&mut plain).await?;
        match line.get(..4)?.to_ascii_uppercase().as_str() {
            "EHLO" => say(&mut plain, "250-localhost\r\n250 STARTTLS").await?,
            "STAR" => break say(&mut plain, "220 go on").await?,
            // Nothing else is taken in the clear.
            _ => say(&mut plain, "530 STARTTLS first").await?,
        }
    }
    let mut sealed = BufReader::new(acceptor.accept(plain.into_inner()).await.ok()?);
    let (mut mail, mut known) = (Mail::default(), false);
    loop {
        let line = hear(&mut sealed).await?;
        let answer = match line.get(..4)?.to_ascii_uppercase().as_str() {
            "EHLO" => "250-localhost\r\n250 AUTH PLAIN",
            "AUTH" => {
                known = line.strip_prefix("AUTH PLAIN ") == Some(account.as_str());
                if known { "235 welcome" } else { "535 5.7.8 wrong password" }
            }
            _ if !known => "530 5.7.0 who are you",
            "MAIL" => {
                mail.from = line;
                "250 ok"
            }
            "RCPT" => {
                mail.to.push(line);
                "250 ok"
            }
            "DATA" => {
                say(&mut sealed, "354 go on").await?;
                loop {
                    let line = hear(&mut sealed).await?;
                    if line == "." {
                        break;
                    }
                    mail.text.push_str(&line);
                    mail.text.push('\n');
                }
                mails.lock().expect("no panic").push(std::mem::take(&mut mail));
                "250 taken"
            }
            "QUIT" => {
                say(&mut sealed, "221 bye").await?;
                return Some(());
            }
            _ => "250 ok",
        };
        say(&mut sealed, answer).await?;
    }
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn hear(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}
