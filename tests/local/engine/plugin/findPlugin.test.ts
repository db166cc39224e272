import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { findPlugin, type PluginSource } from "../../../../local/engine/plugin/plugins";
import type { Project } from "../../../../local/engine/project/project";

describe("finds the plugin of a package where the Pulumi CLI finds it", () => {
  const root = mkdtempSync(join(tmpdir(), "find-"));
  const repository = resolve(__dirname, "../../../..");
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, mode = 0o755): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    chmodSync(file, mode);
    return file;
  };
  const find = (version: string, env: NodeJS.ProcessEnv = {}, stated?: string, pkg = "x"): PluginSource => {
    const runtimeOptions = { nodeargs: "--no-warnings" };
    const project = {
      programDirectory: repository,
      runtimeOptions,
      pluginPaths: stated ? { x: join(root, stated) } : {},
    };
    const places = { PATH: `${join(root, "none")}:${join(root, "bin")}`, PULUMI_HOME: join(root, "home") };
    return findPlugin(project as unknown as Project, pkg, version, { ...places, ...env });
  };

  const plugin = "pulumi-resource-x";
  const versions = ["1.9.0", "1.10.0", "2.0.0.lock"];
  for (const version of versions) put(`home/plugins/resource-x-v${version}/${plugin}`);
  put("home/plugins/resource-y-v3.0.0/pulumi-resource-y", 0o644);

  test("in PULUMI_HOME: exactly the requested version, or the newest", () => {
    const at = (version: string): string => join(root, `home/plugins/resource-x-v${version}/${plugin}`);
    expect(find("1.9.0")).toEqual({ command: at("1.9.0"), args: [] });
    expect(find("v1.9.0")).toEqual({ command: at("1.9.0"), args: [] });
    expect(find("")).toEqual({ command: at("1.10.0"), args: [] });
    expect(() => find("1.9.1")).toThrow(
      /package "x" \(pulumi-resource-x, version 1\.9\.1\) was not found.*Pulumi\.yaml.*PATH.*there: 1\.1?.*1\..*put the plugin on PATH/s,
    );
    expect(() => find("", {}, undefined, "y")).toThrow(/was not found/);
  });

  test("first on PATH, unless PULUMI_IGNORE_AMBIENT_PLUGINS is set", () => {
    const onPath = put(`bin/${plugin}`);
    expect(find("1.9.0")).toEqual({ command: onPath, args: [] });
    expect(find("1.9.0", { PULUMI_IGNORE_AMBIENT_PLUGINS: "true" })).toMatchObject({
      command: expect.stringContaining("v1.9.0"),
    });
  });

  test("before both in Pulumi.yaml: the file, or its folder", () => {
    const stated = put(`stated/${plugin}`);
    expect(find("1.9.0", {}, "stated")).toEqual({ command: stated, args: [] });
    expect(find("1.9.0", {}, `stated/${plugin}`)).toEqual({ command: stated, args: [] });
    expect(() => find("", {}, "nowhere")).toThrow(/Pulumi\.yaml names .*nowhere as its location/);
  });

  test("before all of them at the port in PULUMI_DEBUG_PROVIDERS; the plugin of dynamic resources is in the SDK", () => {
    expect(find("1.9.0", { PULUMI_DEBUG_PROVIDERS: "y:1, x:4321" }, "stated")).toEqual({ port: 4321 });
    expect(find("", {}, undefined, "pulumi-nodejs")).toEqual({
      command: process.execPath,
      args: [
        "--no-warnings",
        expect.stringMatching(/^--require=.*preload\.js$/),
        expect.stringMatching(/@pulumi\/pulumi\/cmd\/dynamic-provider/),
      ],
    });
  });
});
