/** The virtual time of a cloud whose process is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { openTokens } from "../../../local/cloud/auth";
import type { ClockState } from "../../../local/cloud/clockRoutes";
import { compiledFile } from "../../../local/cloud/paths";
import { caFileOf } from "../../../local/cloud/tls";
import { threeFreePorts } from "./helpers/ports";
import { request, SUBSCRIPTION, temporaryDirectory } from "./helpers/testCloud";

const GROUP = `${SUBSCRIPTION}/resourceGroups/timed?api-version=2021-04-01`;

describe("the clock of a cloud that is killed", () => {
  const home = temporaryDirectory();
  let child: ChildProcess | undefined;
  let port = 0;
  const call = async <T>(method: string, target: string, body?: unknown): Promise<T> => {
    const authorization = `Bearer ${openTokens(home).issue("https://management.azure.com")}`;
    const headers = { authorization, "content-type": "application/json" };
    const ca = fs.readFileSync(caFileOf(home));
    const url = new URL(`https://127.0.0.1:${port}${target}`);
    return (await request(url, method, headers, body === undefined ? undefined : JSON.stringify(body), ca))
      .body as T;
  };
  const time = async (): Promise<number> => Date.parse((await call<ClockState>("GET", "/local/clock")).now);
  const start = async (speed: number): Promise<void> => {
    port = await threeFreePorts();
    const main = compiledFile("local/cloud/main.js");
    const args = [
      main,
      "--home",
      home,
      "--port",
      String(port),
      "--profile",
      "realistic",
      "--speed",
      String(speed),
    ];
    const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.on("close", () => reject(new Error("it exited before it was ready")));
      started.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("ready on")) resolve();
      });
    });
  };
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child?.on("close", () => resolve());
      child?.kill("SIGKILL");
      child = undefined;
    });
  afterEach(async () => {
    if (child) await kill();
  });
  afterAll(() => {
    fs.rmSync(home, { recursive: true, force: true });
  });

  it("never goes back, at whatever moment and speed it was killed", async () => {
    let last = 0;
    for (const [speed, looks] of [
      [100_000, 1],
      [3600, 20],
      [1, 1],
      [0, 1],
    ] as const) {
      await start(speed);
      for (let look = 0; look < looks; look++) {
        const now = await time();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
      await call("PUT", GROUP, { location: "westeurope", tags: { speed: String(speed) } });
      last = Math.max(last, await time());
      await kill();
    }
    expect(last - Date.now()).toBeGreaterThan(3_600_000);
  });

  it("keeps an advance when it is killed right after it, and after a stop", async () => {
    await start(1);
    const moved = await call<ClockState>("POST", "/local/clock", { advance: "P30D" });
    await kill();
    await start(1);
    const again = await call<ClockState>("GET", "/local/clock");
    expect(Date.parse(again.now)).toBeGreaterThanOrEqual(Date.parse(moved.now));
    expect(again.aheadMs - moved.aheadMs).toBeLessThan(1000);
    const stopped = new Promise((resolve) => child?.on("close", resolve));
    child?.kill("SIGTERM");
    await stopped;
    await start(1);
    expect(Math.abs((await call<ClockState>("GET", "/local/clock")).aheadMs - again.aheadMs)).toBeLessThan(
      1000,
    );
    while ((await time()) < Date.parse(again.now)) await delay(10);
  });
});
