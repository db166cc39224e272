const tseslint = require("typescript-eslint");
const importX = require("eslint-plugin-import-x").default ?? require("eslint-plugin-import-x");

/**
 * The one direction imports may take (docs/architecture.md): index → components → (providers' shims, azureml),
 * providers → azureml, and nothing crosses between the program and local/.
 */
const zones = [
  {
    target: ["./azureml"],
    from: ["./providers", "./components", "./config", "./preflight", "./local", "./index.ts"],
    message: "azureml/ holds what is true of Azure ML and imports nothing of the project.",
  },
  {
    target: ["./providers"],
    from: ["./components", "./config", "./preflight", "./local", "./index.ts"],
    message: "providers/ may import azureml/ only.",
  },
  {
    target: ["./components", "./config", "./preflight", "./index.ts"],
    from: ["./local"],
    message: "The program knows nothing of the local cloud.",
  },
  {
    target: ["./local"],
    from: ["./components", "./providers", "./config", "./preflight", "./index.ts"],
    message: "The local cloud speaks Azure's and Pulumi's protocols; it never imports the program.",
  },
  {
    target: ["./local/cloud"],
    from: ["./local/engine", "./local/plugins"],
    message: "Cloud and engine meet over HTTPS only.",
  },
  {
    target: ["./local/engine"],
    from: ["./local/cloud", "./local/plugins", "./local/trainer"],
    message: "Engine and plugins meet over gRPC only.",
  },
];

module.exports = tseslint.config(
  { ignores: ["dist/", "node_modules/", ".local/", ".data/", "coverage/"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    plugins: { "import-x": importX },
    settings: { "import-x/resolver": { node: { extensions: [".ts", ".js", ".json"] } } },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones }],
      "import-x/no-default-export": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      eqeqeq: "error",
      "no-console": "off",
    },
  },
  { files: ["index.ts"], rules: { "import-x/no-default-export": "off" } },
  { files: ["azureml/**/*.ts"], rules: { "no-restricted-imports": ["error", { patterns: ["@pulumi/*"] }] } },
  { files: ["**/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
