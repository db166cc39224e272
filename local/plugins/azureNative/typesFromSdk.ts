/**
 * Prints `types.json`: the property types of the supported resources, read from the installed
 * `@pulumi/azure-native` package. Its .d.ts files are generated from the same specifications as the real
 * provider's metadata. Run it after an upgrade of the SDK or a change of resources.json:
 * `node dist/local/plugins/azureNative/typesFromSdk.js > types.json`, then move the file here.
 *
 * A type is written as text: `string`, `number`, `boolean`, `any`, `=literal`, `[]T` (array), `{}T` (map),
 * `#module:Name` (object), `#a:B|#a:C` (union of objects).
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import resources from "./resources.json";

interface ObjectEntry {
  p: Record<string, string>;
  /** Required properties (inputs only). */
  r?: string[];
  /** Default values the SDK fills in (inputs only). */
  d?: Record<string, string | number | boolean>;
}

type Members = ReadonlyArray<ts.TypeElement | ts.ClassElement>;

const sdk = dirname(require.resolve("@pulumi/azure-native/package.json"));

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(sdk, file), "utf8"), ts.ScriptTarget.ES2022, false);
}

function nameOf(entity: ts.EntityName): string {
  return ts.isIdentifier(entity) ? entity.text : `${nameOf(entity.left)}.${entity.right.text}`;
}

function reference(node: ts.TypeReferenceNode): string {
  const name = nameOf(node.typeName);
  if (name === "pulumi.Input" || name === "pulumi.Output") return typeText(node.typeArguments![0]!);
  const match = /^(inputs|outputs|enums)\.(.+)\.([^.]+)$/.exec(name);
  if (!match) return "any";
  return match[1] === "enums" ? "string" : `#${match[2]}:${match[3]}`;
}

function union(node: ts.UnionTypeNode): string {
  const members = [...new Set(node.types.map(typeText))].filter((text) => text !== "undefined");
  if (members.length === 1) return members[0]!;
  if (members.every((text) => text === "string" || text.startsWith("="))) return "string";
  return members.every((text) => text.startsWith("#")) ? members.join("|") : "any";
}

function typeText(node: ts.TypeNode): string {
  if (ts.isTypeReferenceNode(node)) return reference(node);
  if (ts.isUnionTypeNode(node)) return union(node);
  if (ts.isParenthesizedTypeNode(node)) return typeText(node.type);
  if (ts.isArrayTypeNode(node)) return `[]${typeText(node.elementType)}`;
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return `=${node.literal.text}`;
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    return index ? `{}${typeText(index.type)}` : "any";
  }
  if (node.kind === ts.SyntaxKind.StringKeyword) return "string";
  if (node.kind === ts.SyntaxKind.NumberKeyword) return "number";
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return "boolean";
  return node.kind === ts.SyntaxKind.UndefinedKeyword ? "undefined" : "any";
}

function objectEntry(members: Members, isInput: boolean): ObjectEntry {
  const entry: ObjectEntry = { p: {} };
  for (const member of members) {
    if (!(ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) || !member.type) continue;
    const name = (member.name as ts.Identifier | ts.StringLiteral).text;
    entry.p[name] = typeText(member.type);
    if (isInput && !member.questionToken) (entry.r ??= []).push(name);
  }
  return entry;
}

function namespaces(file: string): Map<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const visit = (prefix: string, statements: readonly ts.Statement[]): void => {
    for (const statement of statements) {
      if (ts.isModuleDeclaration(statement) && statement.body && ts.isModuleBlock(statement.body)) {
        visit(`${prefix}${(statement.name as ts.Identifier).text}.`, statement.body.statements);
      } else if (ts.isInterfaceDeclaration(statement)) {
        found.set(`#${prefix.slice(0, -1)}:${statement.name.text}`, statement);
      }
    }
  };
  visit("", parse(file).statements);
  return found;
}

/** The literal defaults of `function <name>ProvideDefaults` bodies in types/input.js, by module and type. */
function defaults(): Map<string, ObjectEntry["d"]> {
  const found = new Map<string, ObjectEntry["d"]>();
  let moduleName = "";
  let current: NonNullable<ObjectEntry["d"]> | undefined;
  for (const line of readFileSync(join(sdk, "types/input.js"), "utf8").split("\n")) {
    const module = /^\}\)\((\w+) \|\| |^\(function \((\w+)\) \{$/.exec(line);
    if (module) moduleName = module[1] ?? module[2]!;
    const start = /^ {4}function (\w+)ProvideDefaults\(/.exec(line);
    if (start) {
      const name = start[1]!;
      current = {};
      found.set(`#${moduleName}:${name.charAt(0).toUpperCase()}${name.slice(1)}`, current);
    }
    const value = /^ {12}(\w+): \(val\.\w+\) \?\? (".*"|-?[\d.]+|true|false),$/.exec(line);
    if (value && current) current[value[1]!] = JSON.parse(value[2]!) as string;
  }
  return found;
}

function declared(file: string, name: string): Members {
  for (const statement of parse(file).statements) {
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === name) return statement.members;
    if (ts.isClassDeclaration(statement) && statement.name?.text === name) return statement.members;
  }
  throw new Error(`${file} declares no ${name}: is the table newer or older than the installed SDK?`);
}

export function typesFromSdk(): Record<string, ObjectEntry> {
  const result = new Map<string, ObjectEntry>();
  for (const token of Object.keys(resources)) {
    const [, module, type] = token.split(":") as [string, string, string];
    const file = `${module}/${type.charAt(0).toLowerCase()}${type.slice(1)}.d.ts`;
    result.set(`${module}:${type}/in`, objectEntry(declared(file, `${type}Args`), true));
    result.set(`${module}:${type}/out`, objectEntry(declared(file, type), false));
  }
  const interfaces = new Map([...namespaces("types/input.d.ts"), ...namespaces("types/output.d.ts")]);
  const defaultValues = defaults();
  const pending = [...result.values()];
  for (let entry = pending.pop(); entry; entry = pending.pop()) {
    for (const text of Object.values(entry.p)) {
      for (const [ref] of text.matchAll(/#[^|]+/g)) {
        const key = ref.slice(1);
        const declaration = interfaces.get(ref);
        if (result.has(key) || !declaration) continue;
        const found = objectEntry(declaration.members, !key.endsWith("Response"));
        const d = defaultValues.get(ref);
        if (d && Object.keys(d).length > 0) found.d = d;
        result.set(key, found);
        pending.push(found);
      }
    }
  }
  return Object.fromEntries([...result].sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (require.main === module) {
  const lines = Object.entries(typesFromSdk()).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
  process.stdout.write(`{\n${lines.join(",\n")}\n}\n`);
}
