import { runScript } from "./runScript";

describe("the sweep over the requests of an up", () => {
  // One fault on one route, to keep the harness working. The sample (`--sample`) is run by hand: it takes minutes of CPU.
  test("brings a stack on after a lost answer to each request for the deployment", async () => {
    const { code, output } = await runScript(
      "sweep",
      "--mode",
      "create",
      "--fault",
      "504-after",
      "--route",
      "deployments",
    );
    expect(code === 0 ? "" : output).toBe("");
  });
});
