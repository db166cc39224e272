import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hubSettings } from "../../dataset/settings";

describe("the hub's environment variables", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "hf-home-"));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  test("default to the public hub without a token", () => {
    expect(hubSettings({ HF_HOME: home })).toEqual({
      endpoint: "https://huggingface.co",
      token: undefined,
      offline: false,
    });
  });

  test("set endpoint, token and offline mode", () => {
    const env = {
      HF_HOME: home,
      HF_ENDPOINT: "http://hub.test/path/",
      HF_TOKEN: " hf_x\n",
      HF_HUB_OFFLINE: "yes",
    };
    expect(hubSettings(env)).toEqual({ endpoint: "http://hub.test/path", token: "hf_x", offline: true });
  });

  test("find the token of a login under HF_HOME, the cache directory or HF_TOKEN_PATH, unless that is switched off", () => {
    writeFileSync(join(home, "token"), "hf_login\n");
    mkdirSync(join(home, "huggingface"));
    writeFileSync(join(home, "huggingface", "token"), "hf_cache");
    expect(hubSettings({ HF_HOME: home }).token).toBe("hf_login");
    expect(hubSettings({ XDG_CACHE_HOME: home }).token).toBe("hf_cache");
    expect(hubSettings({ HF_TOKEN_PATH: join(home, "token") }).token).toBe("hf_login");
    expect(hubSettings({ HF_HOME: home, HF_TOKEN: "hf_env" }).token).toBe("hf_env");
    expect(hubSettings({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token).toBeUndefined();
  });

  test.each(["hub", "ftp://hub", "http://"])("rejects %j as an endpoint", (endpoint) => {
    expect(() => hubSettings({ HF_HOME: home, HF_ENDPOINT: endpoint })).toThrow("not an http(s) address");
  });
});
