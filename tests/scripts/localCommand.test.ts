import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { isTaken, threeFreePorts } from "../local/cloud/helpers/ports";
import { temporaryDirectory } from "../local/cloud/helpers/testCloud";

describe("npm run local", () => {
  let env: NodeJS.ProcessEnv;
  let port: number;
  beforeAll(async () => {
    port = await threeFreePorts();
    env = { ...process.env, AZUREML_LOCAL_HOME: temporaryDirectory(), AZUREML_LOCAL_PORT: String(port) };
  });
  afterAll(() => {
    local("stop");
    fs.rmSync(String(env["AZUREML_LOCAL_HOME"]), { recursive: true, force: true });
  });
  const local = (command: string): string =>
    execFileSync(process.execPath, [path.resolve("dist/scripts/local.js"), command], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  const run = (script: string): string =>
    execFileSync("sh", ["-c", script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

  it("env starts the cloud and exports what curl needs to call it", async () => {
    const exported = local("env");
    expect(await isTaken(port)).toBe(true);
    const metadata = run(
      `${exported}\ncurl --silent --fail "$AZUREML_LOCAL_ARM_ENDPOINT/metadata/endpoints?api-version=2022-09-01"`,
    );
    const page = fs.readFileSync(path.resolve("docs/clients.md"), "utf8");
    const [, commands = ""] = /## curl\n\n```sh\n([^`]*)```/.exec(page) ?? [];
    expect(JSON.parse(run(`${exported}\n${commands}`))).toEqual({ value: [] });
    expect(JSON.parse(metadata)).toMatchObject({ resourceManager: `https://127.0.0.1:${port}/` });
  });

  it("env lets Python resolve the names of storage accounts, also beside another sitecustomize", () => {
    const other = path.join(String(env["AZUREML_LOCAL_HOME"]), "other");
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, "sitecustomize.py"), "import sys; sys.other = True\n");
    const script = "import socket, sys; print(sys.other, socket.getaddrinfo('a.blob.localhost', 1)[0][4])";
    env["PYTHONPATH"] = other;
    const printed = run(`${local("env")}\npython3 -c "${script}"`);
    expect(printed).toBe("True ('127.0.0.1', 1)\n");
  });

  it("start reports a cloud that already runs, and stop stops it", async () => {
    expect(local("start")).toBe(`local cloud: running on port ${port}\n`);
    expect(local("stop")).toBe("local cloud stopped\n");
    expect(await isTaken(port)).toBe(false);
    expect(local("start")).toBe(`local cloud: running on port ${port}\n`);
  });
});
