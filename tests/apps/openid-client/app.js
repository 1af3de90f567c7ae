// An Express app with openid-client.

import { randomBytes } from "node:crypto";
import express from "express";
import session from "express-session";
import * as client from "openid-client";

const { ADDRESS, PORT, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;

// Plain http is fine here, where both are on one machine.
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests],
});

const app = express();
app.use(session({ secret: randomBytes(32).toString("hex"), resave: false, saveUninitialized: false }));

function keep(request, tokens) {
  request.session.tokens = { ...request.session.tokens, ...tokens };
}

function signedIn(request, response, next) {
  if (request.session.claims) next();
  else response.redirect("/login");
}

app.get("/login", async (request, response) => {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  request.session.pending = { verifier, state };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${ADDRESS}/callback`,
    scope: "openid profile email groups offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  });
  response.redirect(url.href);
});

app.get("/callback", async (request, response) => {
  const { verifier, state } = request.session.pending;
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, ADDRESS), {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
  keep(request, tokens);
  request.session.claims = tokens.claims();
  response.redirect("/");
});

app.get("/", signedIn, (request, response) => {
  const { claims, tokens } = request.session;
  response.send(`
    <p id="sub">${claims.sub}</p>
    <p id="name">${claims.name}</p>
    <p id="token">${tokens.access_token}</p>
    <form id="refresh" method="post" action="/refresh"><button>Refresh</button></form>
    <form id="sign-out" method="post" action="/sign-out"><button>Sign out</button></form>`);
});

app.get("/admin", signedIn, (request, response) => {
  if (request.session.claims.groups?.includes("operators")) response.send('<p id="admin">For operators</p>');
  else response.sendStatus(403);
});

app.post("/refresh", signedIn, async (request, response) => {
  keep(request, await client.refreshTokenGrant(config, request.session.tokens.refresh_token));
  response.redirect("/");
});

app.post("/sign-out", signedIn, (request, response) => {
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: request.session.tokens.id_token,
    post_logout_redirect_uri: `${ADDRESS}/`,
  });
  request.session.destroy(() => response.redirect(url.href));
});

app.listen(Number(PORT), "127.0.0.1");
