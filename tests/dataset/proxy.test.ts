import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { bypassesProxy } from "../../dataset/proxy";
import { chatFiles, rowsOf, run, startTestHub, type TestHub } from "./testHub";

let hub: TestHub;
let proxy: Server;
let address: string;
/** Hosts that the proxy was requested to connect to. */
let asked: string[];
let status = 200;

beforeAll(async () => {
  hub = await startTestHub();
  await hub.publish({ id: "acme/chat", files: chatFiles({ train: rowsOf("train", 40) }) });
  proxy = createServer().on("connect", (request, socket, head) => {
    asked.push(request.url ?? "");
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} Proxy Authentication Required\r\n\r\n`);
    const [host, port] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    const end = (): void => void [socket.destroy(), target.destroy()];
    target.on("error", end);
    socket.on("error", end).on("close", end);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await hub.close();
});
beforeEach(() => {
  asked = [];
  status = 200;
});

const args = (directory: string): string[] => ["--dataset", "acme/chat", "--download_dir", directory];

describe("NO_PROXY", () => {
  test.each<[string, string, boolean]>([
    ["https://huggingface.co/x", "huggingface.co", true],
    ["https://cdn.huggingface.co/x", ".huggingface.co", true],
    ["https://cdn.huggingface.co/x", "huggingface.co", true],
    ["https://nothuggingface.co/x", "huggingface.co", false],
    ["https://hub.local/x", "a.b, hub.local:443", true],
    ["http://hub.local:8080/x", "hub.local:443", false],
    ["https://anything/x", "*", true],
    ["https://anything/x", "", false],
  ])("%s with %j: direct is %j", (url, no, expected) => {
    expect(bypassesProxy(new URL(url), no)).toBe(expected);
  });
});

describe("a proxy of the environment", () => {
  test.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY"])("is used: %s", async (name) => {
    const { code, err } = await run(hub, args(name), { env: { [name]: address } });
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(asked).toContain(new URL(hub.endpoint).host);
  });

  test("is not used for the hosts of NO_PROXY", async () => {
    const env = { HTTP_PROXY: address, NO_PROXY: "example.com,127.0.0.1" };
    expect((await run(hub, args("direct"), { env })).code).toBe(0);
    expect(asked).toEqual([]);
  });

  test("that refuses is named in the remedy", async () => {
    status = 407;
    const { code, err } = await run(hub, args("refused"), { env: { HTTP_PROXY: address }, attempts: 2 });
    expect(code).toBe(1);
    expect(err).toContain("[HubUnreachable]: cannot reach ");
    expect(err).toContain("407");
    expect(err).toContain("the proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)");
  });

  test("that is not an address is reported without its password", async () => {
    const { code, err } = await run(hub, args("wrong"), {
      env: { HTTPS_PROXY: "socks://me:secret@proxy:1080" },
    });
    expect(code).toBe(2);
    expect(err).toContain('HTTPS_PROXY is "socks://…@proxy:1080", which is not an http(s) address');
    expect(err).not.toContain("secret");
  });
});
