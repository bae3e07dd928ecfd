//! The proxy for requests to the internet, from the environment.

use std::env::VarError;

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use crate::no_proxy::NoProxy;

/// The variables that name a proxy. The first that is not empty counts: as for curl, the one for
/// the scheme of all requests comes before the one for all schemes. The last ones are for other
/// schemes, but whoever sets only them hardly wants requests to bypass the proxy.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

/// The variables with hosts that are reached directly. The hosts of both count.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// What the environment says of proxies cannot be used. A message does not quote a value, which may
/// contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyError {
    /// A variable names a proxy that cannot be used.
    #[error(
        "the variable {variable} names a proxy that cannot be used ({why}), and requests would bypass it; set the variable \
         to http://HOST:PORT or https://HOST:PORT, or unset it"
    )]
    Proxy {
        /// The variable.
        variable: &'static str,
        /// Why.
        why: &'static str,
    },
    /// A variable names hosts to reach directly, and is not understood.
    #[error(
        "the variable {variable} cannot be used ({why}), and requests to this host would go through the proxy; set the \
         variable to hosts, domains, addresses or networks (10.0.0.0/8), without ports and separated by commas, or unset it"
    )]
    Exception {
        /// The variable.
        variable: &'static str,
        /// Why.
        why: String,
    },
}

/// Checks that all proxies that the environment names can be used. ureq silently ignores a proxy
/// that it cannot use, and would send the requests directly.
pub(crate) fn check_proxy() -> Result<(), ProxyError> {
    let variable = |name: &str| std::env::var(name);
    check(variable)?;
    no_proxy(variable).map(|_| ())
}

/// Returns the proxy for requests to this address, or `None` if they are direct.
///
/// # Errors
///
/// If the environment names a proxy that cannot be used, or hosts that are not understood.
pub(crate) fn proxy_for(address: &str) -> Result<Option<Proxy>, ProxyError> {
    let variable = |name: &str| std::env::var(name);
    check(variable)?;
    if no_proxy(variable)?.has(host_of(address).as_deref().unwrap_or_default()) {
        return Ok(None);
    }
    Ok(proxy(variable))
}

fn proxy(variable: impl Fn(&str) -> Result<String, VarError>) -> Option<Proxy> {
    VARIABLES.iter().find_map(|name| Proxy::new(&variable(name).ok()?).ok())
}

fn host_of(address: &str) -> Option<String> {
    address.parse::<Uri>().ok()?.host().map(str::to_owned)
}

fn no_proxy(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<NoProxy, ProxyError> {
    let mut hosts = NoProxy::default();
    for name in EXCEPTIONS {
        let why = match variable(name) {
            Err(VarError::NotPresent) => continue,
            Err(VarError::NotUnicode(_)) => "it is not UTF-8".to_owned(),
            Ok(list) => match hosts.add(&list) {
                Ok(()) => continue,
                Err(position) => format!("entry {position} of its list is not understood"),
            },
        };
        return Err(ProxyError::Exception { variable: name, why });
    }
    Ok(hosts)
}

fn check(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<(), ProxyError> {
    for name in VARIABLES {
        let why = match variable(name) {
            Err(VarError::NotPresent) => continue,
            Err(VarError::NotUnicode(_)) => "it is not UTF-8",
            // An empty variable names none.
            Ok(value) if value.is_empty() => continue,
            Ok(value) => match Proxy::new(&value) {
                Ok(proxy) if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) => {
                    "SOCKS is not supported"
                }
                Ok(proxy) if has_address(&proxy) && has_only_address(&value) => continue,
                Ok(proxy) if has_address(&proxy) => "it has a path, a query or a fragment",
                _ => "it is not the address of a proxy",
            },
        };
        return Err(ProxyError::Proxy { variable: name, why });
    }
    Ok(())
}

/// Returns whether the proxy has a host, and a valid port or none. If the port is not valid, ureq
/// would use the usual port.
fn has_address(proxy: &Proxy) -> bool {
    let Some(authority) = proxy.uri().authority() else { return false };
    let address = authority.as_str().rsplit('@').next().unwrap_or_default();
    let without_port = address.strip_suffix(authority.host()).is_some();
    !authority.host().is_empty() && (without_port || authority.port_u16().is_some())
}

/// Returns whether the value has no path, query or fragment, which ureq would ignore. A slash at
/// the end means nothing.
fn has_only_address(value: &str) -> bool {
    let address = value.split_once("://").map_or(value, |(_, address)| address);
    !address.strip_suffix('/').unwrap_or(address).contains(['/', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_of_the_scheme_comes_first() {
        let chosen = |set: &[(&str, &str)]| {
            let variable = |asked: &str| {
                let found = set.iter().find(|(name, _)| *name == asked);
                found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
            };
            proxy(variable).map(|proxy| proxy.host().to_owned())
        };
        let all = ("ALL_PROXY", "http://all:1");
        assert_eq!(chosen(&[all, ("https_proxy", "http://https:1")]).as_deref(), Some("https"));
        assert_eq!(chosen(&[all, ("HTTPS_PROXY", "")]).as_deref(), Some("all"));
        assert_eq!(chosen(&[all, ("HTTP_PROXY", "http://http:1")]).as_deref(), Some("all"));
        assert_eq!(chosen(&[("http_proxy", "http://http:1")]).as_deref(), Some("http"));
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn proxies_that_can_be_used() {
        let with = |name: &'static str, value: &'static str| {
            check(move |asked| if asked == name { Ok(value.to_owned()) } else { Err(VarError::NotPresent) })
        };
        assert_eq!(check(|_| Err(VarError::NotPresent)), Ok(()));
        for value in [
            "",
            "http://proxy:3128",
            "https://proxy",
            "proxy:3128",
            "http://me:s3cret@proxy:1",
            "http://[::1]:1",
            "http://proxy:3128/",
        ] {
            for name in VARIABLES {
                assert_eq!(with(name, value), Ok(()), "{name}={value}");
            }
        }
        for value in [
            "socks5://proxy:1080",
            "socks://s3cret@proxy",
            "socks4a://proxy",
            "htp://proxy",
            "http//proxy:3128",
            "http://",
            "http://proxy:port",
            "http://proxy:99999",
            " ",
            "http://proxy name",
            "\u{1b}]0;s3cret",
            "http://127.0.0.1:1/path",
            "http://proxy:3128//",
            "proxy:3128/path",
            "http://me:s3cret@proxy:1/path",
            "http://proxy:3128?s3cret",
            "http://proxy:3128/?query",
            "http://proxy:3128#s3cret",
            "http://proxy:3128/#fragment",
        ] {
            for name in VARIABLES {
                let error = with(name, value).expect_err(value).to_string();
                assert!(error.contains(name) && error.contains("http://HOST:PORT"), "{value}: {error}");
                assert!(!error.contains("s3cret"), "{error}");
            }
        }
        let not_text = check(|_| Err(VarError::NotUnicode("x".into()))).unwrap_err();
        assert!(not_text.to_string().contains("HTTPS_PROXY"), "{not_text}");
    }

    /// A valid variable does not hide one that is not valid: whoever set that one may rely on it.
    #[test]
    fn every_variable_counts() {
        let both = check(|name| match name {
            "ALL_PROXY" => Ok("http://proxy".into()),
            "https_proxy" => Ok("socks5://proxy".into()),
            _ => Err(VarError::NotPresent),
        });
        assert!(both.unwrap_err().to_string().contains("https_proxy"));
    }

    #[test]
    fn hosts_of_both_variables_are_reached_directly() {
        let with = |large: &'static str, small: &'static str| {
            no_proxy(move |name| Ok(if name == "NO_PROXY" { large } else { small }.to_owned()))
        };
        assert!(with("", "127.0.0.1").unwrap().has("127.0.0.1"));
        assert!(with("x", "127.0.0.1").unwrap().has("x"));
        assert!(!no_proxy(|_| Err(VarError::NotPresent)).unwrap().has("x"));
        let refused = with("x", "y, s3cret:80").unwrap_err().to_string();
        assert!(refused.contains("no_proxy") && refused.contains("entry 2 of its list"), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
        assert_eq!(host_of("http://127.0.0.1:9103/api").as_deref(), Some("127.0.0.1"));
        assert_eq!(host_of("https://[::1]:1").as_deref(), Some("[::1]"));
    }
}
