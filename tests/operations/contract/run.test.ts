import { planRun, planText } from "../../../operations/contract/plan";
import { isCallProbe } from "../../../operations/contract/probe";
import { exitCodeOf, reportText } from "../../../operations/contract/report";
import { withFindings } from "../../../operations/contract/confirmed";
import { TABLE } from "../../../operations/contract/table";
import { runAgainst } from "./support";

const COMPUTE =
  "/subscriptions/3f2b6c1e-8d4a-4b7e-9c55-0a1b2c3d4e5f/resourceGroups/rg-of-a-person/providers/Microsoft.MachineLearningServices/workspaces/ctr-abc123-ws/computes/ctr-abc123-x";
const of = (run: Awaited<ReturnType<typeof runAgainst>>, id: string) =>
  run.findings.find(({ assumption }) => assumption.id === id)?.verdict;

describe("a server that refuses nothing", () => {
  test("refutes the assumption: the report names what was expected and seen, and the exit code is 1", async () => {
    const run = await runAgainst(["size-offered-in-region"], () => undefined);
    expect(of(run, "size-offered-in-region")).toEqual({
      outcome: "refuted",
      expected: "the refusal 400 InvalidVmSize",
      seen: "201",
    });
    expect(exitCodeOf(run)).toBe(1);
    const text = reportText(run);
    expect(text).toMatch(/confirmed: 0, refuted: 1/);
    expect(text).toMatch(
      /refuted: size-offered-in-region\n.*\n {2}expected: the refusal 400 InvalidVmSize\n {2}seen: +201/,
    );
  });

  test("refutes every refusal that the table expects, so no probe confirms anything by itself", async () => {
    const names = TABLE.filter(({ area }) => area === "Names").map(({ id }) => id);
    const run = await runAgainst(names, () => undefined);
    expect(run.findings.filter(({ verdict }) => verdict.outcome === "confirmed")).toEqual([]);
  });

  test("gets back what was created by mistake: the resource is deleted", async () => {
    const run = await runAgainst(["size-offered-in-region"], () => undefined);
    expect(run.sent).toContain(`PUT ${COMPUTE}`);
    expect(run.sent).toContain(`DELETE ${COMPUTE}`);
    expect(run.undeleted).toEqual([]);
  });
});

test("a missing right settles nothing: the exit code is 2, and the report gives the service's reason", async () => {
  const run = await runAgainst(["size-offered-in-region"], ({ method, url }) =>
    method === "PUT" && url.includes("/computes/")
      ? {
          status: 403,
          body: { error: { code: "AuthorizationFailed", message: "no right to write computes" } },
        }
      : undefined,
  );
  expect(of(run, "size-offered-in-region")).toMatchObject({ outcome: "not settled", byChoice: false });
  expect(reportText(run)).toMatch(
    /not settled: size-offered-in-region\n.*AuthorizationFailed: no right to write computes/,
  );
  expect(exitCodeOf(run)).toBe(2);
});

test("another error code is noted and refutes nothing", async () => {
  const run = await runAgainst(["size-offered-in-region"], ({ method, url }) =>
    method === "PUT" && url.includes("/computes/")
      ? { status: 400, body: { error: { code: "BadArgument", message: "the size is not known" } } }
      : undefined,
  );
  expect(of(run, "size-offered-in-region")).toMatchObject({ outcome: "confirmed" });
  expect(reportText(run)).toContain("the code is BadArgument, the local cloud's is InvalidVmSize");
  expect(exitCodeOf(run)).toBe(0);
});

test("an interrupted run sends no further probe and deletes what it created, the newest first", async () => {
  const controller = new AbortController();
  const run = await runAgainst(
    ["size-offered-in-region", "storage-namespace-fixed"],
    ({ method, url }) => {
      if (method === "PUT" && url.includes("/computes/")) controller.abort();
      return undefined;
    },
    { signal: controller.signal },
  );
  expect(run.interrupted).toBe(true);
  expect(of(run, "storage-namespace-fixed")).toMatchObject({
    outcome: "not settled",
    why: "the run was interrupted",
  });
  expect(exitCodeOf(run)).toBe(2);
  const deleted = run.sent.filter((line) => line.startsWith("DELETE ")).map((line) => line.split("/").at(-1));
  expect(deleted).toEqual(["ctr-abc123-x", "ctr-abc123-ws", "ctr-abc123-kv", "ctrabc123st"]);
});

test("what cannot be deleted is reported with the reason and the command that tries again", async () => {
  const run = await runAgainst(["storage-namespace-fixed"], ({ method }) =>
    method === "DELETE"
      ? { status: 423, body: { error: { code: "ScopeLocked", message: "the scope is locked" } } }
      : undefined,
  );
  expect(run.undeleted).toEqual([expect.stringMatching(/storageAccounts\/ctrabc123st: 423 ScopeLocked/)]);
  expect(reportText(run)).toMatch(/Not deleted; run the command again with --cleanup:/);
});

test("everything that a run creates has the owner tag and the run id in its name", async () => {
  const bodies: Array<{ url: string; body: string }> = [];
  await runAgainst(["cluster-size-fixed", "endpoint-auth-fixed"], ({ method, url, body }) => {
    if (method === "PUT") bodies.push({ url, body: String(body) });
    return undefined;
  });
  expect(bodies.length).toBeGreaterThan(4);
  for (const { url, body } of bodies) {
    expect(new URL(url).pathname.split("/").at(-1)).toContain("abc123");
    expect(JSON.parse(body)).toMatchObject({ tags: { "azureml-finetune-contract": "abc123" } });
  }
});

describe("the plan", () => {
  const cheap = planRun(TABLE, { withGpu: false });

  test("without --with-gpu costs less than a dollar and contains no GPU", () => {
    expect(cheap.usd).toBeLessThan(1);
    expect(cheap.probes.some(({ probe }) => isCallProbe(probe) && probe.cost === "gpu")).toBe(false);
    expect(cheap.needs).not.toContain("tunedModel");
  });

  test("names the cost of each probe and the sum", () => {
    const text = planText(cheap);
    for (const { id } of cheap.probes)
      expect(text).toMatch(new RegExp(`  ${id} \\((free|cents, no GPU)\\): `));
    expect(text).toMatch(/Together about \$0\.\d\d/);
  });

  test("uses the region's own prices where they are known", () => {
    const prices = { Standard_NC24ads_A100_v4: 10 };
    const usd = planRun(TABLE, { withGpu: true }, prices).usd;
    expect(usd).toBeGreaterThan(planRun(TABLE, { withGpu: true }).usd);
  });

  test("marks a probe as GPU exactly if something it needs is", () => {
    for (const { id, probe } of TABLE) {
      if (!isCallProbe(probe)) continue;
      const needsGpu = planRun(TABLE, { withGpu: true, only: [id] }).needs.some((need) =>
        ["tunedModel", "deployment", "secondDeployment"].includes(need),
      );
      expect([id, probe.cost === "gpu"]).toEqual([id, needsGpu]);
    }
  });
});

test("results are recorded by id, and an unsettled assumption keeps its last result", async () => {
  const run = await runAgainst(["size-offered-in-region"], () => undefined);
  const before = {
    "cluster-size-fixed": { outcome: "confirmed", on: "2026-01-01", cloud: "AzureCloud" },
  } as const;
  expect(withFindings(before, run.findings, "AzureCloud", "2026-12-01")).toEqual({
    ...before,
    "size-offered-in-region": { outcome: "refuted", on: "2026-12-01", cloud: "AzureCloud" },
  });
});
