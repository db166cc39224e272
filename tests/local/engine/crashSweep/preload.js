// NODE_OPTIONS loads this file into every process of a run. The engine is the first process to load it. The
// engine records an event before and after every write of the state file, and the provider around its
// effects. The engine is killed at event SWEEP_AT. If SWEEP_MOMENTS names a directory, the files at each
// event are copied there under the event's number.
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

/** Records an event; true if the run ends here. */
global.sweepMoment = (what) => {
  fs.appendFileSync(process.env.SWEEP_EVENTS, `${what}\n`);
  const count = fs.readFileSync(process.env.SWEEP_EVENTS, "utf8").split("\n").length - 1;
  const kept = process.env.SWEEP_MOMENTS;
  if (kept) {
    const from = path.dirname(process.env.SWEEP_EVENTS);
    fs.cpSync(from, path.join(kept, String(count)), { recursive: true, verbatimSymlinks: true });
  }
  if (count !== Number(process.env.SWEEP_AT)) return false;
  process.kill(Number(process.env.SWEEP_ENGINE), "SIGKILL");
  return true;
};

if (!process.env.SWEEP_ENGINE) {
  process.env.SWEEP_ENGINE = String(process.pid);
  const { rename } = fs.promises;
  fs.promises.rename = async (from, to) => {
    if (to !== process.env.SWEEP_STATE) return rename(from, to);
    global.sweepMoment("before write");
    await rename(from, to);
    global.sweepMoment("after write");
  };
  // Key derivation is slow on purpose and the same in every run of the sweep, so its result is cached.
  const { pbkdf2 } = crypto;
  crypto.pbkdf2 = (password, salt, iterations, length, digest, callback) => {
    const kept = `${process.env.SWEEP_KEYS}-${crypto.createHash("sha256").update(salt).digest("hex")}`;
    if (fs.existsSync(kept)) return process.nextTick(callback, null, fs.readFileSync(kept));
    return pbkdf2(password, salt, iterations, length, digest, (error, key) => {
      if (!error) fs.writeFileSync(kept, key);
      callback(error, key);
    });
  };
}
