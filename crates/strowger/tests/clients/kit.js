// What the Node checks have in common: the ok / FAIL lines and a few helpers. Called as `node SCRIPT HOST:PORT PASSWORD`.
const crypto = require('crypto'), net = require('net'), path = require('path');

const [address, PASSWORD] = process.argv.slice(2);
const HOST = address.slice(0, address.lastIndexOf(':')), PORT = Number(address.slice(address.lastIndexOf(':') + 1));
const OUTBOUND_PORT = Number(process.env.STROWGER_OUTBOUND_PORT || 8084);
const WAIT = 8000, LIMIT = 14000;
const checks = [];

function check(name, run, first = false) { checks.push({ name, run, first }); }
function want(truth, text) { if (!truth) throw new Error(text); }
function say(word, name, why) {
    console.log(word + ' ' + name + (why ? ': ' + String(why).replace(/\s+/g, ' ').slice(0, 300) : ''));
}
function within(ms, what, start) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('did not come in ' + ms / 1000 + ' s: ' + what)), ms);
        const settle = (act) => (value) => { clearTimeout(timer); act(value); };
        const made = start(settle(resolve), settle(reject));
        if (made && made.then) made.then(settle(resolve), settle(reject));
    });
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(probe, what, ms = WAIT) {
    for (const end = Date.now() + ms; ;) {
        const found = await probe();
        if (found) return found;
        if (Date.now() > end) throw new Error('did not come in ' + ms / 1000 + ' s: ' + what);
        await pause(20);
    }
}
// Waits until nobody listens on a local port, so that an outbound server can.
function portIsFree(port) {
    return until(() => new Promise((resolve) => {
        const probe = net.createServer().once('error', () => resolve(false));
        probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    }), 'port ' + port + ' to be free on this machine');
}
async function main() {
    let dead = null;
    // a client that throws inside its parser fails the check that runs, not the whole script
    let spoil = null;
    const spoiled = (why) => { if (spoil) spoil(why); };
    process.on('uncaughtException', spoiled);
    process.on('unhandledRejection', spoiled);
    for (const { name, run, first } of checks) {
        if (dead) { say('FAIL', name, 'not tried, ' + dead + ' failed'); continue; }
        try {
            await within(LIMIT, 'the end of the check', (resolve, reject) => {
                spoil = reject;
                Promise.resolve().then(run).then(resolve, reject);
            });
            say('ok', name);
        } catch (why) {
            say('FAIL', name, why && why.message || why);
            if (first) dead = name;
        }
    }
    say('done', path.basename(process.argv[1]));
    process.exit(0);
}
module.exports = { HOST, PORT, PASSWORD, OUTBOUND_PORT, WAIT, LIMIT, check, want, within, until, pause, portIsFree, main, newUuid: () => crypto.randomUUID() };
