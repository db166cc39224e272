import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CredentialUnavailableError } from "@azure/identity";
import { showCliAccount } from "../../azureml/clients/azureCli";
import { createCredential, credentialChain } from "../../azureml/clients/credential";
import { oidcAssertion } from "../../azureml/clients/oidc";
import { tokenPrincipal } from "../../azureml/clients/principal";
import { withTokenLimit } from "../../azureml/clients/tokenLimit";
import { chooseLogin } from "../../azureml/login";
import { problemReport } from "../../azureml/problem";
import { readProviderSettings } from "../../azureml/providerSettings";
import { fakeCloud } from "./support";

const jwt = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
const fails = (name: string, error: Error = new CredentialUnavailableError(`${name} is not set up`)) => ({
  name,
  create: () => ({ getToken: () => Promise.reject(error) }),
});
const works = (name: string, counter: { created: number }, token = jwt({ upn: "me@x", tid: "t" })) => ({
  name,
  create: () => {
    counter.created += 1;
    return { getToken: () => Promise.resolve({ token, expiresOnTimestamp: 1 }) };
  },
});
const folder = mkdtempSync(join(tmpdir(), "credential-"));

describe("the default chain", () => {
  test("uses the first credential that is available, created once for parallel calls", async () => {
    const counter = { created: 0 };
    const credential = credentialChain([fails("A"), works("B", counter)], "default");
    await Promise.all([credential.getToken("s"), credential.getToken("s")]);
    expect(counter.created).toBe(1);
    expect(await credential.report("s")).toEqual({
      credential: "the default Azure credential (B)",
      identity: "me@x",
      tenantId: "t",
    });
  });

  test("stops at a credential that exists and fails: the next one would be another identity", async () => {
    const counter = { created: 0 };
    const chain = [fails("A", new Error("the secret has expired")), works("B", counter)];
    await expect(credentialChain(chain, "default").getToken("s")).rejects.toThrow(
      "A: the secret has expired",
    );
    expect(counter.created).toBe(0);
  });

  test("reports every credential and its error if none is available", async () => {
    const chain = [fails("A"), fails("B")];
    await expect(credentialChain(chain, "default").getToken("https://arm/.default")).rejects.toThrow(
      "[NoCredential] credential: the default Azure credential returned no token for https://arm/.default (A: A is not set up; B: B is not set up)",
    );
  });
});

test("a credential that does not answer is used again, three times at most", async () => {
  const getToken = jest.fn(() => new Promise<never>(() => undefined));
  await expect(withTokenLimit({ getToken }, 1).getToken("s")).rejects.toThrow("no answer within 0.001 s");
  expect(getToken).toHaveBeenCalledTimes(3);
  const token = { token: "t", expiresOnTimestamp: 1 };
  getToken.mockReset().mockReturnValueOnce(new Promise<never>(() => undefined));
  getToken.mockImplementation(() => Promise.resolve(token) as Promise<never>);
  expect(await withTokenLimit({ getToken }, 1).getToken("s")).toBe(token);
});

test("a login that fails is not replaced by another one", async () => {
  const { session } = fakeCloud(() => ({ status: 200 }));
  const login = {
    kind: "certificate",
    tenantId: "t",
    clientId: "c",
    path: join(folder, "none.pem"),
  } as const;
  await expect(createCredential({ login, cloud: session.cloud }).getToken("s")).rejects.toThrow(
    "a service principal with a client certificate returned no token",
  );
});

test("a certificate in PFX form is refused with the command that converts it", async () => {
  const path = join(folder, "certificate.pfx");
  writeFileSync(path, Buffer.from([0x30, 0x82, 1, 2]));
  const { session } = fakeCloud(() => ({ status: 200 }));
  const login = { kind: "certificate", tenantId: "t", clientId: "c", path } as const;
  await expect(createCredential({ login, cloud: session.cloud }).getToken("s")).rejects.toThrow(
    /clientCertificatePath: .*certificate\.pfx is not a PEM file.*openssl pkcs12 -in/,
  );
});

test("a managed identity in a pod with workload identity is refused as ambiguous", async () => {
  const env = { AZURE_FEDERATED_TOKEN_FILE: "/f", AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" };
  const { session } = fakeCloud(() => ({ status: 200 }));
  const options = { login: { kind: "managedIdentity" } as const, cloud: session.cloud, env };
  await expect(createCredential(options).getToken("s")).rejects.toThrow("useDefaultAzureCredential");
});

describe("the token of an OIDC login", () => {
  test("is read from its file again for each exchange", async () => {
    const path = join(folder, "token");
    writeFileSync(path, "first");
    expect(await oidcAssertion({ from: "file", path })).toBe("first");
    writeFileSync(path, "second");
    expect(await oidcAssertion({ from: "file", path })).toBe("second");
  });

  test.each([
    ["", "is empty"],
    ["secret-token\n", "begins or ends with white space"],
  ])("in a file with %j is refused without printing it", async (content, message) => {
    const path = join(folder, "bad");
    writeFileSync(path, content);
    const failure = await oidcAssertion({ from: "file", path }).catch((error: Error) => error.message);
    expect(failure).toContain(`azure-native:oidcTokenFilePath: ${path} ${message}`);
    expect(failure).not.toContain("secret-token");
  });
});

describe("the Azure CLI's account", () => {
  const account = { id: "s", tenantId: "t", environmentName: "AzureCloud", isDefault: false };
  const run = (asked: string[][]) => async (args: readonly string[]) => {
    asked.push([...args]);
    return JSON.stringify(account);
  };

  test("is the configured subscription's", async () => {
    const asked: string[][] = [];
    expect(await showCliAccount({ kind: "cli", subscriptionId: "s" }, run(asked))).toEqual({
      subscriptionId: "s",
      tenantId: "t",
      environment: "AzureCloud",
      isDefault: false,
    });
    expect(asked).toEqual([["account", "show", "--output", "json", "--subscription", "s"]]);
  });

  test("must be in the configured tenant", async () => {
    await expect(showCliAccount({ kind: "cli", tenantId: "other" }, run([]))).rejects.toThrow(
      "azure-native:tenantId: other, but the Azure CLI is logged in to tenant t for subscription s",
    );
  });

  test("is reported with the next step if there is none", async () => {
    const absent = () => Promise.reject(Object.assign(new Error("spawn az"), { code: "ENOENT" }));
    await expect(showCliAccount({ kind: "cli" }, absent)).rejects.toThrow(
      /`az` is not on the PATH.*Run `az login`/,
    );
    const loggedOut = () =>
      Promise.reject(Object.assign(new Error("x"), { stderr: "Please run 'az login' to setup account." }));
    await expect(showCliAccount({ kind: "cli" }, loggedOut)).rejects.toThrow("Please run 'az login'");
  });
});

test.each([
  [{ upn: "me@x", oid: "o", idtyp: "user", appid: "cli" }, "User", "me@x"],
  [{ oid: "o", appid: "a", idtyp: "app" }, "ServicePrincipal", "a"],
  [{ oid: "o", appid: "a", scp: "user_impersonation" }, "User", "a"],
  [{ oid: "o", appid: "a" }, "ServicePrincipal", "a"],
  [{ oid: "o" }, undefined, "o"],
])("a token with the claims %j is a principal of type %s", (claims, principalType, identity) => {
  expect(tokenPrincipal(jwt({ ...claims, tid: "t" }))).toEqual({
    identity,
    tenantId: "t",
    objectId: "o",
    ...(principalType && { principalType }),
  });
  expect(tokenPrincipal("opaque")).toEqual({ identity: "unknown" });
});

test("a setting that cannot be used is reported with its source, the allowed values and the next step", () => {
  const settings = readProviderSettings((key) => (key === "azure-native:useMsi" ? "maybe" : undefined), {
    ARM_CLIENT_SECRET: "hush ",
    ARM_SUBSCRIPTION_ID: "s",
    ARM_TENANT_ID: "t",
  });
  const chosen = chooseLogin(settings);
  expect("problems" in chosen && problemReport("Mistakes", chosen.problems)).toBe(`Mistakes

  1. azure-native:useMsi: "maybe", which the azure-native provider reads as false
     allowed: true, false
     Correct it, or remove it for false.
  2. ARM_CLIENT_SECRET: the value begins or ends with white space, which the azure-native provider does not remove
     Set the value without it.
  3. azure-native:clientId: not set, but required for a service principal with a client secret, which ARM_CLIENT_SECRET selects
     Set azure-native:clientId or ARM_CLIENT_ID, or remove ARM_CLIENT_SECRET.
`);
});
