#!/usr/bin/env node
/**
 * `az`, `gh` and `pulumi` for the bootstrap: they keep a small subscription in a file and refuse flags that the real ones do not
 * have (azure-cli 2.91.0, cli/cli 2, pulumi 3.248). Run by its name on PATH, with FAKE_STATE naming the file; tests in the same
 * process call `answer`.
 */
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const { basename } = require("node:path");

class Refusal extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

const common = ["subscription", "query", "output"];

/** An empty subscription, tenant and repository. `deny` refuses commands that match, `failures` some times; `log` has all. */
const emptyState = () => ({
  registered: ["Microsoft.Resources"],
  groups: {},
  applications: [],
  principals: [],
  assignments: [],
  environments: {},
  repository: { id: 789, created_at: "2026-01-01T00:00:00Z", owner: { id: 456 } },
  stacks: {},
  connections: [],
  deny: {},
  failures: {},
  log: [],
});

/** Splits words from flags. A flag can have several values. */
function parsed(argv) {
  const words = [];
  const flags = {};
  let flag;
  for (const text of argv) {
    if (/^--[a-z]/.test(text)) flags[(flag = text.slice(2))] = [];
    else if (flag === undefined) words.push(text);
    else flags[flag].push(text);
  }
  return { words, flags: Object.fromEntries(Object.entries(flags).map(([k, v]) => [k, v.join(" ")])) };
}

function only(flags, allowed, required = []) {
  for (const name of Object.keys(flags))
    if (![...allowed, ...common].includes(name))
      throw new Refusal(`ERROR: unrecognized arguments: --${name}`, 2);
  for (const name of required)
    if (!flags[name]) throw new Refusal(`ERROR: the following arguments are required: --${name}`, 2);
}

const named = (query = "") => /\?name=='([^']+)'/.exec(query)?.[1];
const line = (value) => (value === undefined ? "" : `${value}\n`);

function group(state, name) {
  if (state.groups[name]) return state.groups[name];
  throw new Refusal(`ERROR: (ResourceGroupNotFound) Resource group '${name}' could not be found.`, 3);
}

function application(state, id) {
  const found = state.applications.find(({ appId }) => appId === id);
  if (found) return found;
  throw new Refusal(`ERROR: Resource '${id}' does not exist or one of its properties is not present.`, 3);
}

const az = {
  "account show": (state, f) => {
    only(f, []);
    if (f.query === "tenantId") return "tenant-1\n";
    const user = state.user ?? { name: "me@contoso.com", type: "user" };
    return JSON.stringify({
      id: "00000000-0000-0000-0000-000000000001",
      environmentName: "AzureCloud",
      user,
    });
  },
  "provider list": (state, f) => {
    only(f, []);
    return state.registered.map(line).join("");
  },
  "provider register": (state, f) => {
    only(f, ["namespace", "wait"], ["namespace"]);
    state.registered.push(f.namespace);
    return "";
  },
  "group exists": (state, f) => {
    only(f, ["name"], ["name"]);
    return `${f.name in state.groups}\n`;
  },
  "group create": (state, f) => {
    only(f, ["name", "location", "tags"], ["name", "location"]);
    state.groups[f.name] ??= { accounts: {}, vaults: {} };
    return "{}";
  },
  "storage account list": (state, f) => {
    only(f, ["resource-group"]);
    return line(group(state, f["resource-group"]).accounts[named(f.query)] && `/id/${named(f.query)}`);
  },
  "storage account create": (state, f) => {
    const access = ["min-tls-version", "allow-blob-public-access", "allow-shared-key-access"];
    only(f, ["name", "resource-group", "location", "sku", "kind", "tags", ...access], ["name"]);
    group(state, f["resource-group"]).accounts[f.name] = { containers: [], versioning: false };
    return "{}";
  },
  "storage account blob-service-properties show": (state, f) => {
    only(f, ["account-name", "resource-group"], ["account-name"]);
    return group(state, f["resource-group"]).accounts[f["account-name"]].versioning ? "true\n" : "\n";
  },
  "storage account blob-service-properties update": (state, f) => {
    only(f, ["account-name", "resource-group", "enable-versioning"], ["account-name"]);
    group(state, f["resource-group"]).accounts[f["account-name"]].versioning = true;
    return "{}";
  },
  "storage container-rm exists": (state, f) => {
    only(f, ["storage-account", "resource-group", "name"], ["storage-account"]);
    const { containers } = group(state, f["resource-group"]).accounts[f["storage-account"]];
    return `${containers.includes(f.name)}\n`;
  },
  "storage container-rm create": (state, f) => {
    only(f, ["storage-account", "resource-group", "name"], ["storage-account", "name"]);
    group(state, f["resource-group"]).accounts[f["storage-account"]].containers.push(f.name);
    return "{}";
  },
  "keyvault list": (state, f) => {
    only(f, ["resource-group"]);
    return line(group(state, f["resource-group"]).vaults[named(f.query)] && `/id/${named(f.query)}`);
  },
  "keyvault create": (state, f) => {
    const more = ["enable-rbac-authorization", "retention-days", "enable-purge-protection", "tags"];
    only(f, ["name", "resource-group", "location", ...more], ["resource-group"]);
    group(state, f["resource-group"]).vaults[f.name] = { keys: [] };
    return "{}";
  },
  rest: (state, f) => {
    only(f, ["method", "url", "body"], ["url"]);
    const pattern = /resourceGroups\/([^/]+)\/.*vaults\/([^/]+)\/keys(?:\/(\w+))?\?api-version=/;
    const [, groupName, vault, key] = pattern.exec(f.url);
    const { keys } = group(state, groupName).vaults[vault];
    if (f.method === "get") return line(keys.includes(named(f.query)) ? named(f.query) : undefined);
    if (JSON.parse(f.body).properties.kty !== "RSA") throw new Refusal("ERROR: BadRequest");
    if (!keys.includes(key)) keys.push(key);
    return "{}";
  },
  "ad signed-in-user show": (state, f) => {
    only(f, []);
    return "person-1\n";
  },
  "ad sp show": (state, f) => {
    only(f, ["id"], ["id"]);
    return `object-of-${f.id}\n`;
  },
  "ad app list": (state, f) => {
    only(f, ["filter", "display-name"]);
    const name = /displayName eq '([^']+)'/.exec(f.filter)[1];
    const found = state.applications.filter((one) => one.name === name);
    return found.map(({ appId }) => line(appId)).join("");
  },
  "ad app create": (state, f) => {
    only(f, ["display-name", "sign-in-audience"], ["display-name"]);
    const appId = `app-${state.applications.length + 1}`;
    state.applications.push({ name: f["display-name"], appId, credentials: [] });
    return line(appId);
  },
  "ad sp list": (state, f) => {
    only(f, ["filter"]);
    const id = /appId eq '([^']+)'/.exec(f.filter)[1];
    return line(state.principals.find(({ appId }) => appId === id)?.id);
  },
  "ad sp create": (state, f) => {
    only(f, ["id"], ["id"]);
    state.principals.push({ appId: f.id, id: `principal-of-${f.id}` });
    return line(`principal-of-${f.id}`);
  },
  "ad app federated-credential list": (state, f) => {
    only(f, ["id"], ["id"]);
    return JSON.stringify(application(state, f.id).credentials);
  },
  "ad app federated-credential create": (state, f) => {
    only(f, ["id", "parameters"], ["id", "parameters"]);
    application(state, f.id).credentials.push(JSON.parse(f.parameters));
    return "{}";
  },
  "ad app federated-credential update": (state, f) => {
    const flags = ["id", "federated-credential-id", "parameters"];
    only(f, flags, flags);
    const { credentials } = application(state, f.id);
    const found = credentials.find(({ name }) => name === f["federated-credential-id"]);
    Object.assign(found, JSON.parse(f.parameters));
    return "{}";
  },
  "role assignment list": (state, f) => {
    only(f, ["scope"]);
    const [, principal, role] = /principalId=='([^']+)' && roleDefinitionName=='([^']+)'/.exec(f.query);
    const fits = (one) => one.principal === principal && one.role === role && one.scope === f.scope;
    return line(state.assignments.find(fits) && "/id");
  },
  "role assignment create": (state, f) => {
    const who = ["assignee-object-id", "assignee-principal-type"];
    const more = ["condition", "condition-version", "description"];
    only(f, ["role", "scope", ...who, ...more], ["role", "scope"]);
    if (!["User", "ServicePrincipal"].includes(f["assignee-principal-type"]))
      throw new Refusal("ERROR: invalid choice", 2);
    const { role, scope, condition } = f;
    state.assignments.push({ principal: f["assignee-object-id"], role, scope, condition });
    return "{}";
  },
  "devops service-endpoint list": (state, f) => {
    only(f, ["organization", "project"]);
    const found = state.connections.find(({ name }) => name === named(f.query));
    const what = /workloadIdentityFederation(Issuer|Subject)/.exec(f.query)?.[1];
    if (!found || what === undefined) return line(found && "connection-id");
    if (what === "Issuer") return "https://login.microsoftonline.com/tenant-1/v2.0\n";
    return line(`/eid1/c/pub/t/1/a/2/sc/${found.name}`);
  },
  "devops service-endpoint create": (state, f) => {
    const file = "service-endpoint-configuration";
    only(f, ["organization", "project", file], [file]);
    state.connections.push(JSON.parse(readFileSync(f[file], "utf8")));
    return "{}";
  },
};

const gh = {
  api: (state, f, words) => {
    only(f, ["method", "paginate", "jq"]);
    const route = words[0] ?? f.method?.split(" ")[1] ?? f.paginate;
    const [, , , what, name] = route.split("/");
    if (what === undefined) return JSON.stringify(state.repository);
    if (what === "actions") {
      if (state.template) return JSON.stringify(state.template);
      throw new Refusal("gh: Not Found (HTTP 404)");
    }
    if (name === undefined) return Object.keys(state.environments).map(line).join("");
    state.environments[name] ??= {};
    return "{}";
  },
  "variable list": (state, f) => {
    only(f, ["env", "repo", "json"], ["env", "repo"]);
    const variables = Object.entries(state.environments[f.env]);
    return JSON.stringify(variables.map(([name, value]) => ({ name, value })));
  },
  "variable set": (state, f, [name]) => {
    only(f, ["env", "repo", "body"], ["env", "repo", "body"]);
    state.environments[f.env][name] = f.body;
    return "";
  },
};

const pulumi = {
  "stack ls": (state, f, words, env) => {
    only(f, ["json", "non-interactive"]);
    const names = state.stacks[env.PULUMI_BACKEND_URL] ?? [];
    return JSON.stringify(names.map((name) => ({ name: `organization/azureml-finetune/${name}` })));
  },
  "stack init": (state, f, [name], env) => {
    only(f, ["secrets-provider", "non-interactive"], ["secrets-provider"]);
    (state.stacks[env.PULUMI_BACKEND_URL] ??= []).push(name);
    if (env.FAKE_STATE) {
      const lines = [`secretsprovider: ${f["secrets-provider"]}`, "encryptedkey: c2VjcmV0", ""];
      appendFileSync(`Pulumi.${name}.yaml`, lines.join("\n"));
    }
    return "";
  },
};

/** Answers one command and changes the state. Throws `Refusal` with the exit code. */
function answer(state, program, argv, env = {}) {
  const text = `${program} ${argv.join(" ")}`;
  state.log.push(text);
  for (const [pattern, message] of Object.entries(state.deny))
    if (new RegExp(pattern).test(text)) throw new Refusal(message);
  for (const [pattern, left] of Object.entries(state.failures)) {
    if (left.times === 0 || !new RegExp(pattern).test(text)) continue;
    left.times -= 1;
    throw new Refusal(left.message);
  }
  const commands = { az, gh, pulumi }[program];
  const { words, flags } = parsed(argv);
  const length = [4, 3, 2, 1].find((count) => commands[words.slice(0, count).join(" ")]);
  if (length === undefined)
    throw new Refusal(`ERROR: '${words.join(" ")}' is misspelled or not recognized by the system.`, 2);
  return commands[words.slice(0, length).join(" ")](state, flags, words.slice(length), env);
}

module.exports = { answer, emptyState };

if (require.main === module) {
  const file = process.env.FAKE_STATE;
  const state = JSON.parse(readFileSync(file, "utf8"));
  try {
    process.stdout.write(answer(state, basename(process.argv[1]), process.argv.slice(2), process.env));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.code ?? 1;
  }
  writeFileSync(file, JSON.stringify(state));
}
