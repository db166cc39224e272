import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Bench, exitCode, until } from "./harness";

/** Processes with this test's project in their command line or working directory. */
function processesOf(bench: Bench): string[] {
  const lines = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line.includes("cmd/run") && line.includes(bench.root))
    .concat(
      lines.filter((line) => line.includes("cmd/dynamic-provider") && cwdOf(line).startsWith(bench.root)),
    );
}

function cwdOf(line: string): string {
  try {
    return execFileSync("readlink", [`/proc/${line.trim().split(" ")[0]}/cwd`], { encoding: "utf8" });
  } catch {
    return "";
  }
}

const isLinux = process.platform === "linux";

describe("crashes and signals", () => {
  const bench = new Bench("held");
  afterAll(() => bench.remove());
  const creatingSlow = (): boolean =>
    bench.cloud.log.includes("create slow") && bench.resource("beside") !== undefined;
  const locks = (): string[] => readdirSync(join(bench.root, "state/.pulumi/locks/organization/held/dev"));

  test("one Ctrl-C lets running steps finish, records them and starts nothing new", async () => {
    bench.hold();
    const child = bench.start("up", "--yes");
    await until(creatingSlow);
    child.kill("SIGINT");
    await until(() => child.text().includes("^C received"));
    expect(bench.state.pending).toMatchObject([{ type: "creating" }]);
    bench.release();
    expect(await exitCode(child)).toBe(1);
    expect(bench.resource("slow")).toMatchObject({ id: expect.any(String) });
    expect(bench.resource("after")).toBeUndefined();
    expect(bench.state.pending).toEqual([]);
    expect(locks()).toEqual([]);
  });

  test("after a kill during a creation no child survives, and the next run takes over the lock and creates it again", async () => {
    bench.reset();
    bench.hold();
    const child = bench.start("up", "--yes");
    await until(creatingSlow);
    child.kill("SIGKILL");
    await exitCode(child);
    if (isLinux) await until(() => processesOf(bench).length === 0);
    expect(locks()).toHaveLength(1);
    expect(bench.state.pending).toMatchObject([
      { type: "creating", resource: { type: "pulumi-nodejs:dynamic/toy:Thing" } },
    ]);
    expect(bench.resource("beside")).toBeDefined();
    bench.release();
    const run = await bench.run("up");
    expect(run.result).toBe("succeeded");
    const warnings = run.events.flatMap((event) =>
      event.kind === "diagnostic" && event.severity === "warning" ? [event.message] : [],
    );
    expect(warnings.join("\n")).toMatch(/taking over the lock of process \d+/);
    expect(warnings.join("\n")).toMatch(/slow, interrupted while creating/);
    expect(bench.labels).toEqual(["after", "beside", "slow"]);
    expect(bench.state.pending).toEqual([]);
  });

  test("two Ctrl-C end the run at once; steps in progress stay pending and the lock is removed", async () => {
    bench.reset();
    bench.hold();
    const child = bench.start("up", "--yes");
    await until(creatingSlow);
    child.kill("SIGINT");
    await until(() => child.text().includes("^C received"));
    child.kill("SIGINT");
    expect(await exitCode(child)).toBe(8);
    expect(child.text().match(/\^C received|cancell?ed/g)).toEqual(["^C received", "canceled"]);
    expect(child.text()).not.toContain("failed");
    expect(bench.state.pending).toMatchObject([{ type: "creating" }]);
    expect(locks()).toEqual([]);
    if (isLinux) await until(() => processesOf(bench).length === 0);
  });

  test("at the second Ctrl-C a step that returns its resource is recorded with it, and no operation stays pending", async () => {
    const parting = new Bench("parting");
    parting.hold();
    const child = parting.start("up", "--yes");
    await until(() => parting.cloud.log.includes("create slow"));
    child.kill("SIGINT");
    await until(() => child.text().includes("^C received"));
    await until(() => /Waiting for: create \S+:Thing slow/.test(child.text()));
    child.kill("SIGINT");
    expect(await exitCode(child)).toBe(8);
    expect(child.text()).toContain("parted from it");
    expect(parting.state.pending).toEqual([]);
    expect(parting.resource("slow")).toMatchObject({ id: "thing-parted", initErrors: ["parted from it"] });
    parting.remove();
  });

  test("a lock of a live process or another host is respected, and cancel removes it", async () => {
    const path = join(bench.root, "state/.pulumi/locks/organization/held/dev/other.json");
    const lock = { username: "somebody", timestamp: "2026-01-01T00:00:00Z" };
    for (const holder of [
      { pid: process.pid, hostname: hostname() },
      { pid: 1, hostname: "elsewhere" },
    ]) {
      writeFileSync(path, JSON.stringify({ ...lock, ...holder }));
      await expect(bench.run("up")).rejects.toMatchObject({
        message: expect.stringMatching(/locked by 1 lock.*cancel/s),
      });
      expect(readFileSync(path, "utf8")).toContain("somebody");
    }
    const child = bench.start("cancel", "--yes");
    expect(await exitCode(child)).toBe(0);
    expect(locks()).toEqual([]);
  });
});
