//! From starting the process to its handshake line, as a host with mutual TLS waits for it.

use tfplugin::host::{ClientIdentity, Launch};

use crate::SERVE;
use crate::timing::{fastest, median, report, slow};

const ROUNDS: usize = 100;

pub(crate) async fn measure() {
    let identity = ClientIdentity::generate().unwrap();
    let binary = std::env::current_exe().unwrap();
    let (mut secured, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let launch = Launch::new(&binary).environment(SERVE, "1");
        plain.push(launch.clone().start().await.unwrap().start_up());
        secured.push(launch.identity(&identity).start().await.unwrap().start_up());
    }
    let milli = |time: std::time::Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    report("start to handshake line, mutual TLS", &milli(fastest(secured.clone())), "aim: 10 ms");
    report("  the median", &milli(median(secured.clone())), "");
    report("  one in twenty is slower than", &milli(slow(secured)), "");
    report("start to handshake line, plaintext", &milli(fastest(plain)), "");
}
