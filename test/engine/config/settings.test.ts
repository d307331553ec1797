import { describe, expect, test } from "vitest";
import { SentinelUrl } from "../../../src/engine/config/redis-address.ts";
import { readSettings } from "../../../src/engine/config/settings.ts";
import { problemsOf, settingsOf } from "../../support/settings.ts";

const read = (env: Record<string, string>) => settingsOf(readSettings, env);
const problems = (env: Record<string, string>) => problemsOf(readSettings, env);

describe("the settings", () => {
  test("needs no variable at all", () => {
    expect(read({})).toEqual({
      port: 3000,
      host: "127.0.0.1",
      hosts: [],
      publishToken: undefined,
      tokensFile: undefined,
      secret: undefined,
      trustProxy: ["loopback"],
      showSource: true,
      corsOrigins: [],
      frameAncestors: [],
      mediaOrigins: [],
      forms: true,
      log: { kind: "lmdb", dir: ".brooklet" },
      redisUrl: undefined,
      hotSwap: true,
      development: false,
      tls: undefined,
      drainSeconds: 10,
      logLevel: "info",
      metrics: undefined,
    });
  });

  test("takes every variable", () => {
    const env = {
      PORT: "0",
      HOST: "0.0.0.0",
      HOSTS: "Example.com, www.example.com",
      PUBLISH_TOKEN: "0123456789abcdef",
      TOKENS: "/etc/brooklet/tokens.yaml",
      SECRET: "0123456789abcdef0123456789abcdef",
      TRUST_PROXY: "loopback, 10.0.0.0/8,2001:db8::1",
      SHOW_SOURCE: "on",
      FORMS: "off",
      CORS_ORIGINS: "https://a.example,http://b.example:8080",
      FRAME_ANCESTORS: "https://a.example, https://c.example",
      MEDIA_ORIGINS: "https://cdn.example.com,https://*.example.org,http://localhost:8080,http://media",
      REDIS_URL: "rediss://user:pass@redis.example:6380/1",
      DATA_DIR: "/var/lib/brooklet",
      LOG_URL: "redis://127.0.0.1/2",
      TLS_CERT: "/etc/tls/cert.pem",
      TLS_KEY: "key.pem",
      DRAIN_SECONDS: "0.5",
      LOG_LEVEL: "debug",
      METRICS_PORT: "9464",
      NODE_ENV: "production",
    };
    expect(read(env)).toEqual({
      port: 0,
      host: "0.0.0.0",
      hosts: ["example.com", "www.example.com"],
      publishToken: "0123456789abcdef",
      tokensFile: "/etc/brooklet/tokens.yaml",
      secret: "0123456789abcdef0123456789abcdef",
      trustProxy: ["loopback", "10.0.0.0/8", "2001:db8::1"],
      showSource: true,
      forms: false,
      corsOrigins: ["https://a.example", "http://b.example:8080"],
      frameAncestors: ["https://a.example", "https://c.example"],
      mediaOrigins: ["https://cdn.example.com", "https://*.example.org", "http://localhost:8080", "http://media"],
      redisUrl: new URL("rediss://user:pass@redis.example:6380/1"),
      log: { kind: "redis", url: new URL("redis://127.0.0.1/2") },
      hotSwap: false,
      development: false,
      tls: { cert: "/etc/tls/cert.pem", key: "key.pem" },
      drainSeconds: 0.5,
      logLevel: "debug",
      metrics: { port: 9464, host: "127.0.0.1" },
    });
  });

  test.each([
    [{ NODE_ENV: "development" }, true],
    [{ NODE_ENV: "development", HOST: "::1" }, true],
    [{}, false],
    [{ NODE_ENV: "production" }, false],
    [{ NODE_ENV: "development", HOST: "0.0.0.0" }, false],
    [{ NODE_ENV: "development", HOSTS: "example.com" }, false],
  ])("is for developing where that is said, on this machine and under no name: %j", (env, development) => {
    expect(read({ PUBLISH: "open", ...env }).development).toBe(development);
  });

  test("takes an empty variable for one that is not set", () => expect(read({ PORT: "" }).port).toBe(3000));

  test("cannot be changed", () => expect(Object.isFrozen(read({}))).toBe(true));

  test.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "3000.5"],
    ["HOST", "a b"],
    ["HOSTS", "https://example.com"],
    ["HOSTS", "example.com:3000"],
    ["PUBLISH_TOKEN", "two words"],
    ["PUBLISH", "on"],
    ["SECRET", "0123456789abcdef0123456789abcde"],
    ["TRUST_PROXY", "true"],
    ["TRUST_PROXY", "10.0.0.0/33"],
    ["TRUST_PROXY", "proxy.example"],
    ["TRUST_PROXY", "-1"],
    ["SHOW_SOURCE", "yes"],
    ["FORMS", "no"],
    ["CORS_ORIGINS", "example.com"],
    ["CORS_ORIGINS", "https://example.com/"],
    ["CORS_ORIGINS", "*"],
    ["FRAME_ANCESTORS", "*"],
    ["FRAME_ANCESTORS", "https://*.example.com"],
    ["FRAME_ANCESTORS", "https://a.example; script-src *"],
    ["FRAME_ANCESTORS", "https://a.example;script-src"],
    ["CORS_ORIGINS", "https://*.example.com"],
    ["DRAIN_SECONDS", "601"],
  ])("refuses %s=%s with its name and an example, and does not repeat it", (name, value) => {
    const [problem, ...more] = problems({ [name]: value });
    expect(more).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${name} is not valid\\. Write .+\\.$`));
    expect(problem).not.toContain(`=${value}.`);
  });

  test.each([
    ["*", "A star alone would let pictures and media come from anywhere."],
    ["https://*", "A star alone"],
    ["cdn.example.com", "One of them has no scheme. Write https:// before it,"],
    ["*.example.com", "One of them has no scheme."],
    ["https://cdn.example.com/pictures", "One of them has a path. Write only what is before it,"],
    ["https://cdn.example.com/", "One of them has a path."],
    ["https://a.example https://b.example", "Write a comma between two origins,"],
    ["https://a.example; script-src *", "Write a comma between two origins,"],
    ["'self'", "This server’s own are shown without being listed."],
    ["data:", "What is written into a page, as data: and blob: are, is never shown."],
    ["ftp://a.example", "Browsers load pictures by https:// and http:// alone."],
    ["https://CDN.example.com", "Write it in small letters,"],
    ["https://*.com", "After the star is a whole name,"],
    ["https://cdn-*.example.com", "A star stands for all names below another, at its beginning alone,"],
    ["https://ada:secret@a.example", "An origin has neither a name nor a password in it."],
    [
      "https://a.example;script-src",
      "Write origins, such as MEDIA_ORIGINS=https://cdn.example.com,https://*.example.org.",
    ],
  ])("tells of MEDIA_ORIGINS=%s what may have been meant, and does not repeat it", (value, mend) => {
    const [problem, ...more] = problems({ MEDIA_ORIGINS: `https://right.example, ${value}` });
    expect(more).toEqual([]);
    expect(problem).toContain(`MEDIA_ORIGINS is not valid. ${mend}`);
    expect(problem).not.toContain("right.example");
  });

  test.each(["PUBLISH_TOKEN", "TOKENS"])("refuses an empty %s, since that would let everybody publish", (name) => {
    const problem = `${name} is empty. Give it a value, or leave it out.`;
    for (const HOST of ["127.0.0.1", "0.0.0.0"]) expect(problems({ [name]: " ", HOST })).toEqual([problem]);
  });

  describe("without a token", () => {
    const missing = (seen: string) => [
      `PUBLISH_TOKEN is missing, and others than you may reach this server, ${seen}. ` +
        "Set it, or TOKENS to a file of tokens, or PUBLISH=open if everybody may publish.",
    ];

    test.each([
      [{ HOST: "0.0.0.0" }, "as HOST says"],
      [{ HOST: "::" }, "as HOST says"],
      [{ HOST: "192.168.1.2" }, "as HOST says"],
      [{ HOST: "127.example" }, "as HOST says"],
      [{ HOSTS: "example.com" }, "as HOSTS says"],
      [{ NODE_ENV: "production" }, "since NODE_ENV is production, as brooklet start takes it to be unless it is set"],
    ])("refuses %j, which others can reach", (env: Record<string, string>, seen) => {
      expect(problems(env)).toEqual(missing(seen));
      expect(problems({ ...env, PUBLISH: "open" })).toEqual([]);
      expect(problems({ ...env, PUBLISH_TOKEN: "0123456789abcdef" })).toEqual([]);
      expect(problems({ ...env, PUBLISH_TOKEN: "0123456789abcde" })).toEqual([
        `PUBLISH_TOKEN is so short that it is found by trying, and others than you may reach this server, ${seen}. ` +
          "Write at least 16 characters, such as what openssl rand -hex 32 prints.",
      ]);
      expect(problems({ ...env, TOKENS: "tokens.yaml" })).toEqual([]);
    });

    test.each(["127.0.0.1", "127.0.0.2", "::1", "localhost"])(
      "starts on %s, which only this machine reaches",
      (HOST) => {
        expect(problems({ HOST })).toEqual([]);
        expect(problems({ HOST, PUBLISH_TOKEN: "short" })).toEqual([]);
      },
    );
  });

  test.each(["PUBLISH_TOKEN", "TOKENS"])("refuses a %s that PUBLISH=open makes void", (name) => {
    expect(problems({ PUBLISH: "open", [name]: "s3cret" })).toEqual([
      `PUBLISH=open lets everybody publish, and ${name} does not. Leave one of them out.`,
    ]);
  });

  describe("does not repeat what may hold a password, and knows what was meant by", () => {
    test.each([
      ["redis://:s3cret#@redis.example", "Write %23 for a # in its password."],
      ["redis://user:12#s3cret@redis.example", "Write %23 for a # in its password."],
      ["redis://:s3cret%@redis.example", "Write %25 for a % in its password."],
      ["redis://:s3cret%zz@redis.example", "Write %25 for a % in its password."],
      [
        "redis://redis.example?db=3",
        "Write the database as its path, such as redis://127.0.0.1:6379/3, and %3F for a ? in its password.",
      ],
      [
        "redis://:s3cret/@redis.example",
        "Write redis://host:port, such as redis://127.0.0.1:6379, and %2F for a / in its password.",
      ],
      [
        "redis://:s3cret@redis.example/three",
        "Write redis://host:port, such as redis://127.0.0.1:6379, and %2F for a / in its password.",
      ],
      [
        "redis.example:6379",
        "Write redis://host:port, such as redis://127.0.0.1:6379, and %2F for a / in its password.",
      ],
      [
        "http://redis.example:6379",
        "Write redis://host:port, such as redis://127.0.0.1:6379, and %2F for a / in its password.",
      ],
    ])("REDIS_URL=%s", (REDIS_URL, mend) => {
      expect(problems({ REDIS_URL })).toEqual([`REDIS_URL is not valid. ${mend}`]);
    });
  });

  test("keeps the log in a folder, in memory or on Redis, and reads another Redis, or the same by default", () => {
    const url = new URL("redis://log.example/1");
    const other = new URL("redis://other.example");
    const place = (env: Record<string, string>) => {
      const { log, redisUrl } = read(env);
      return [log, redisUrl];
    };
    expect(place({ DATA_DIR: "data" })).toEqual([{ kind: "lmdb", dir: "data" }, undefined]);
    expect(place({ REDIS_URL: other.href })).toEqual([{ kind: "lmdb", dir: ".brooklet" }, other]);
    expect(place({ LOG_URL: "memory:" })).toEqual([{ kind: "memory" }, undefined]);
    expect(place({ LOG_URL: "memory:", REDIS_URL: other.href })).toEqual([{ kind: "memory" }, other]);
    expect(place({ LOG_URL: url.href })).toEqual([{ kind: "redis", url }, url]);
    expect(place({ LOG_URL: url.href, REDIS_URL: other.href })).toEqual([{ kind: "redis", url }, other]);
  });

  test.each([
    [
      { DATA_DIR: "memory" },
      "DATA_DIR is not valid. Write a folder. For a log in memory, set LOG_URL=memory: instead.",
    ],
    [
      { LOG_URL: "memory" },
      "LOG_URL is not valid. Write redis://host:port for a log that many nodes share, memory: for one that ends with " +
        "the process, or leave it out for one in DATA_DIR.",
    ],
    [{ LOG_URL: "redis://:s3cret#@x" }, "LOG_URL is not valid. Write %23 for a # in its password."],
  ])("refuses %j", (env: Record<string, string>, problem) => expect(problems(env)).toEqual([problem]));

  test("takes a password whose own characters are percent-encoded", () => {
    const { redisUrl } = read({ REDIS_URL: "redis://:100%25%23%2F%3F@redis.example:6380/3" });
    expect(decodeURIComponent(redisUrl!.password)).toBe("100%#/?");
    expect(redisUrl!.pathname).toBe("/3");
  });

  test("takes Sentinels in place of a Redis, with the user, password and database of that", () => {
    const { redisUrl, log } = read({ LOG_URL: "rediss+sentinel://ada:s3%2Fcret@a,b:26380,[::1]:7/my%20brook/3" });
    expect(redisUrl).toBeInstanceOf(SentinelUrl);
    expect(log).toEqual({ kind: "redis", url: redisUrl });
    const { protocol, username, password, pathname, sentinels, primary } = redisUrl as SentinelUrl;
    expect({ protocol, username, password, pathname, primary }).toEqual({
      protocol: "rediss:",
      username: "ada",
      password: "s3%2Fcret",
      pathname: "/3",
      primary: "my brook",
    });
    expect(sentinels).toEqual([
      { hostname: "a", port: 26_379 },
      { hostname: "b", port: 26_380 },
      { hostname: "[::1]", port: 7 },
    ]);
  });

  test.each([
    "redis+sentinel://a,b",
    "redis+sentinel:///brook",
    "redis+sentinel://a:x/brook",
    "redis+sentinel://a/b/c",
  ])("says how Sentinels are written where %s is no such address", (LOG_URL) =>
    expect(problems({ LOG_URL })[0]).toContain("Write redis+sentinel://host:port,host:port/name,"),
  );

  test("takes the number of proxies, too", () => {
    expect(read({ TRUST_PROXY: "2" }).trustProxy).toBe(2);
    expect(read({ TRUST_PROXY: "0" }).trustProxy).toBe(0);
  });

  test("shows no template's source in production, unless it is told to", () => {
    const env = { NODE_ENV: "production", PUBLISH: "open" };
    expect(read(env).showSource).toBe(false);
    expect(read({ ...env, SHOW_SOURCE: "on" }).showSource).toBe(true);
    expect(read({ SHOW_SOURCE: "off" }).showSource).toBe(false);
  });

  test.each([
    [{ TLS_CERT: "cert.pem" }, "TLS_KEY is missing. Set it too, or leave TLS_CERT out."],
    [{ TLS_KEY: "key.pem", TLS_CERT: " " }, "TLS_CERT is missing. Set it too, or leave TLS_KEY out."],
  ])("refuses half of a pair: %j", (env, problem) => expect(problems(env)).toEqual([problem]));

  test("lists all that is wrong at once", () => {
    const names = problems({ PORT: "x", DRAIN_SECONDS: "x", CORS_ORIGINS: "x" }).map((text) => text.split(" ")[0]);
    expect(names.sort()).toEqual(["CORS_ORIGINS", "DRAIN_SECONDS", "PORT"]);
  });

  test.each([
    ["PUBLISH_TOKN", "PUBLISH_TOKEN"],
    ["CORS_ORIGIN", "CORS_ORIGINS"],
    ["drain_seconds", "DRAIN_SECONDS"],
  ])("asks whether %s was meant to be %s", (name, meant) => {
    expect(problems({ [name]: "1" })).toEqual([`${name} is not a variable of Brooklet. Did you mean ${meant}?`]);
  });

  test("leaves other programs' variables alone", () => {
    expect(
      problems({
        HOME: "/root",
        HOSTNAME: "x",
        LOG_DIR: "x",
        PATH: "x",
        PWD: "x",
        TOKEN: "x",
        REDIS_SERVICE_PORT: "1",
      }),
    ).toEqual([]);
  });
});

test("one port for pages and for metrics is told as such, and not as one that some program has", () => {
  const one = "METRICS_PORT is 3000, and so is PORT. Give one of them another port.";
  expect(problems({ METRICS_PORT: "3000" })).toEqual([one]);
  expect(problems({ METRICS_PORT: "3000", METRICS_HOST: "0.0.0.0" })).toEqual([one]);
  expect(problems({ METRICS_PORT: "3000", METRICS_HOST: "10.0.0.5" })).toEqual([]);
  expect(problems({ METRICS_PORT: "0", PORT: "0" })).toEqual([]);
});
