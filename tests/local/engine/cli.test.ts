import { checkArguments } from "../../../local/engine/cli";
import { run } from "./cliSupport";
import { Bench } from "./harness";

describe("help", () => {
  test.each([
    [
      [],
      ["preview", "up", "refresh", "destroy", "outputs", "cancel", "stack", "config", "PULUMI_BACKEND_URL"],
    ],
    [["--help"], ["Commands:", "--stack", "--cwd"]],
    [
      ["help", "up"],
      ["--skip-preview", "--target-dependents", "--replace", "--continue-on-error", "Examples:"],
    ],
    [
      ["preview", "--help"],
      ["--diff", "--json", "--expect-no-changes", "--refresh", "preview --diff"],
    ],
    [
      ["up", "-h"],
      ["--yes", "--message", "--parallel", "PULUMI_CONFIG_PASSPHRASE"],
    ],
    [
      ["refresh", "--help"],
      ["--clear-pending-creates", "--preview-only"],
    ],
    [
      ["destroy", "--help"],
      ["--target", "destroy --yes"],
    ],
    [
      ["outputs", "--help"],
      ["[name]", "--show-secrets", "outputs endpointName"],
    ],
    [["cancel", "--help"], ["cancel --yes"]],
    [["stack"], ["ls", "output", "export", "import"]],
    [
      ["config", "--help"],
      ["get", "set", "rm"],
    ],
    [
      ["config", "set", "--help"],
      ["--secret", "--path", "config set --path dataset.splitPercent 10"],
    ],
    [
      ["config", "ls", "--help"],
      ["--json", "--show-secrets"],
    ],
    [
      ["stack", "import", "--help"],
      ["--file", "--force"],
    ],
    [
      ["stack", "output", "--help"],
      ["--show-secrets", "stack output --json"],
    ],
  ])("is printed to stdout for %j, whatever else is missing", async (argv, parts) => {
    const printed = await run(argv, {});
    expect(printed).toMatchObject({ code: 0, err: "" });
    for (const part of parts) expect(printed.out).toContain(part);
  });

  test("is not run as a command", () => {
    const write = jest.spyOn(process.stdout, "write").mockReturnValue(true);
    expect(checkArguments(["up", "--help"])).toBe(false);
    write.mockRestore();
    expect(checkArguments(["up", "--yes"])).toBe(true);
    expect(() => checkArguments(["up", "--yess"])).toThrow("Did you mean --yes?");
  });
});

describe("ends with code 2 and a message after a mistyped command line:", () => {
  test.each([
    [["fly"], 'unknown command "fly"'],
    [["preveiw"], "Did you mean preview?"],
    [["stack", "outptu"], "Did you mean output?"],
    [["up", "--tarrget", "x"], "Did you mean --target?"],
    [["up", "--target"], "argument missing"],
    [["up", "production"], "too many arguments"],
    [["outputs", "a", "b"], "too many arguments"],
    [["preview", "--parallel", "0"], "whole number of at least 1"],
    [["preview", "--parallel", "many"], '"many" is invalid'],
    [["preview", "--clear-pending-creates"], 'unknown option "--clear-pending-creates"'],
  ])("%j", async (argv, part) => {
    const printed = await run(argv, {});
    expect(printed).toMatchObject({ code: 2, out: "" });
    expect(printed.err).toMatch(/^error: /);
    expect(printed.err).toContain(part);
  });
});

describe("rejects unsupported features of the Pulumi CLI by name, with the alternative:", () => {
  test.each([
    [["up", "--exclude", "x"], /--exclude.*--target/],
    [["up", "--secrets-provider", "awskms://x"], /--secrets-provider.*passphrase/],
    [["preview", "--import-file", "x"], /--import-file.*Pulumi CLI/],
    [["destroy", "--run-program"], /--run-program/],
    [["up", "--attach-debugger"], /--attach-debugger.*--inspect-brk/],
    [["up", "--config", "a=b"], /--config.*config set/],
    [["up", "--remote-git-branch", "x"], /--remote-git-branch.*Pulumi CLI/],
    [["preview", "--color", "never"], /--color.*NO_COLOR/],
    [["import", "aws:s3:Bucket", "b", "id", "--protect"], /import.*Pulumi CLI/],
    [["watch", "--stack", "dev"], /watch.*preview/],
    [["new", "typescript"], /new.*Pulumi CLI/],
    [["login", "--local"], /login.*PULUMI_BACKEND_URL/],
    [["logout"], /logout.*PULUMI_BACKEND_URL/],
    [["policy", "ls"], /policy.*Pulumi Cloud; --policy-pack/],
    [["stack", "init", "dev"], /stack init.*Pulumi\.<stack>\.yaml/],
    [["stack", "select", "dev"], /stack select.*--stack/],
    [["stack", "rm", "dev", "--yes"], /stack rm.*destroy/],
    [["state", "delete", "urn"], /state.*stack export/],
  ])("%j", async (argv, sentence) => {
    const printed = await run(argv, {});
    expect(printed).toMatchObject({ code: 2, out: "", err: expect.stringMatching(sentence) });
    expect(printed.err.trim().split("\n")).toHaveLength(1);
  });
});

describe("commands on a stack", () => {
  const bench = new Bench("lifecycle");
  const engine = (...argv: string[]): ReturnType<typeof run> =>
    run([...argv, "--cwd", bench.project], bench.env);
  beforeAll(() => bench.config({ plain: "hello" }));
  afterAll(() => bench.remove());

  test.each([
    ["without a stack name", ["preview"], 2, "there are: dev"],
    ["with an unknown stack", ["up", "--stack", "prod"], 6, 'stacks of project "lifecycle": dev'],
    ["without --yes in non-interactive mode", ["up", "-s", "dev"], 2, "--yes must be passed in"],
    ["without --yes on destroy", ["destroy", "-s", "dev", "--json"], 2, "--yes must be passed in"],
    ["without --yes on cancel", ["cancel", "-s", "dev"], 2, "--yes must be passed in"],
  ])("does nothing %s", async (_what, argv, code, part) => {
    expect(await engine(...argv)).toMatchObject({ code, out: "", err: expect.stringContaining(part) });
    expect(bench.cloud.log).toEqual([]);
  });

  test("reports an unknown stack before a missing backend", async () => {
    const env = { ...bench.env };
    delete env.PULUMI_BACKEND_URL;
    const printed = await run(["up", "--stack", "prod", "--cwd", bench.project], env);
    expect(printed).toMatchObject({ code: 6, err: expect.stringContaining("dev") });
  });

  test("run the whole sequence: preview, up, outputs, refresh, expectations, cancel, destroy", async () => {
    const preview = await engine("preview", "-s", "dev", "--diff");
    expect(preview).toMatchObject({ code: 0, err: "" });
    expect(preview.out).toContain('      + label: "base"');
    expect(preview.out).toContain("+ 4 to create");
    expect(bench.cloud.log).toEqual([]);

    const up = await engine("up", "--yes", "-s", "dev", "--message", "first");
    expect(up).toMatchObject({ code: 0, err: "" });
    expect(up.out).toMatch(/Updating \(dev\):[^]*\+ {2}toy:Thing base created[^]*\+ 4 created/);

    expect(await engine("outputs", "-s", "organization/lifecycle/dev")).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /Current stack outputs \(4\):\n {4}baseId +thing-1\n {4}leafToken +\[secret\]\n/,
      ),
    });
    expect((await engine("stack", "output", "secretText", "-s", "dev", "--show-secrets")).out).toBe("hush\n");
    expect(JSON.parse((await engine("outputs", "--json", "-s", "dev")).out)).toMatchObject({
      baseId: "thing-1",
      secretText: "[secret]",
    });
    expect(await engine("outputs", "nothing", "-s", "dev")).toMatchObject({
      code: 2,
      err: expect.stringContaining('no output "nothing" (there are: baseId'),
    });

    expect((await engine("refresh", "-s", "dev", "--yes", "--expect-no-changes")).code).toBe(0);
    const planned = await engine("destroy", "-s", "dev", "--preview-only");
    expect(planned).toMatchObject({ code: 0, out: expect.stringContaining("Previewing destroy (dev):") });
    expect(bench.labels).toEqual(["base", "leaf"]);

    bench.config({ plain: "hello", step: "update" });
    const unexpected = await engine("preview", "-s", "dev", "--expect-no-changes");
    expect(unexpected).toMatchObject({ code: 7 });
    expect(unexpected.out).toContain("no changes were expected");

    expect((await engine("cancel", "--yes", "-s", "dev")).out).toContain("was not locked");
    expect((await engine("stack", "ls")).out).toBe("dev\n");

    const destroyed = await engine("destroy", "--yes", "-s", "dev");
    expect(destroyed).toMatchObject({ code: 0, out: expect.stringContaining("- 4 deleted") });
    expect(bench.labels).toEqual([]);
  });

  test("--json prints one document in the format of `pulumi preview --json` to stdout, without secrets", async () => {
    bench.config({ plain: "hello" });
    await engine("up", "--yes", "-s", "dev");
    bench.config({ plain: "hello", step: "replace" });
    const printed = await engine("preview", "--json", "-s", "dev");
    expect(printed).toMatchObject({ code: 0, err: "" });
    const document = JSON.parse(printed.out);
    expect(document).toMatchObject({
      changeSummary: { replace: 1, update: 1, same: 2 },
      result: "succeeded",
    });
    const replaced = document.steps.find(({ op }: { op: string }) => op === "create-replacement");
    expect(replaced).toMatchObject({
      urn: expect.stringMatching(/::base$/),
      provider: expect.stringContaining("pulumi:providers:pulumi-nodejs"),
      oldState: { custom: true, inputs: { zone: "south", secretText: "[secret]" }, outputs: { size: 1 } },
      newState: { inputs: { zone: "north", secretText: "[secret]" } },
      diffReasons: ["zone"],
      replaceReasons: ["zone"],
      detailedDiff: { zone: { kind: expect.stringMatching(/^update/), inputDiff: true } },
    });
    expect(printed.out).not.toContain("hush");
  });
});

test("a failed update ends with code 1 and the document contains the failure", async () => {
  const bench = new Bench("failures");
  try {
    bench.config({ fail: "before" });
    const printed = await run(["up", "--yes", "--json", "-s", "dev", "--cwd", bench.project], bench.env);
    const document = JSON.parse(printed.out);
    expect(printed).toMatchObject({ code: 1, err: "" });
    expect(document.result).toBe("failed");
    expect(document.steps).toContainEqual(
      expect.objectContaining({ urn: expect.stringMatching(/::bad$/), failed: true }),
    );
    expect(document.diagnostics).toContainEqual(
      expect.objectContaining({
        severity: "error",
        message: expect.stringContaining("the cloud refuses bad"),
      }),
    );
  } finally {
    bench.remove();
  }
});
