import { join } from "node:path";
import { tmpdir } from "node:os";
import { expectSuccess } from "../expectExit";
import { runScript } from "./runScript";

// Every route and every fault. `npm run sweep` strikes every request and writes docs/reliability.md.
test("a fixed sample of the sweep brings each stack up, trains once and leaves nothing that bills", async () => {
  const results = join(tmpdir(), `sweep-${process.pid}.jsonl`);
  const done = await runScript("sweep", "--sample", "--results", results);
  expectSuccess(done);
}, 3_600_000);

test("a deployment that takes the service 40 minutes is followed by the clients that come after a killed one", async () => {
  expectSuccess(await runScript("sweep", "--slow-deployment"));
}, 3_600_000);
