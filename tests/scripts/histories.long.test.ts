import { expectSuccess } from "../expectExit";
import { runScript } from "./runScript";

// A fixed seed: a failure is that of the change, not of the draw. `npm run histories` draws new ones.
test("random histories of a stack keep every promise", async () => {
  const done = await runScript("histories", "--seed", "1", "--count", "2", "--longest", "4");
  expectSuccess(done);
});
