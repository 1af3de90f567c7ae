// An Express app with Auth.js, with the provider and the environment that the catalogue prints.

import { randomBytes } from "node:crypto";
import { ExpressAuth, getSession } from "@auth/express";
import express from "express";

const authentication = {
  secret: randomBytes(32).toString("hex"),
  providers: [
    {
      id: "doorward",
      name: "Doorward",
      type: "oidc",
      issuer: process.env.ISSUER,
      clientId: process.env.AUTH_DOORWARD_ID,
      clientSecret: process.env.AUTH_DOORWARD_SECRET,
      authorization: { params: { scope: "openid profile email groups" } },
      checks: ["pkce", "state", "nonce"],
    },
  ],
  callbacks: {
    jwt({ token, profile }) {
      return profile ? { ...token, sub: profile.sub, groups: profile.groups } : token;
    },
    session({ session, token }) {
      return { ...session, sub: token.sub, groups: token.groups };
    },
  },
};

const app = express();
app.use(/^\/api\/auth(\/.*)?$/, ExpressAuth(authentication));

async function signedIn(request, response, next) {
  response.locals.session = await getSession(request, authentication);
  if (response.locals.session) next();
  else response.redirect("/api/auth/signin");
}

app.get("/", signedIn, (request, response) => {
  const { sub, user } = response.locals.session;
  response.send(`<p id="sub">${sub}</p><p id="name">${user.name}</p>`);
});

app.get("/admin", signedIn, (request, response) => {
  if (response.locals.session.groups?.includes("operators")) response.send('<p id="admin">For operators</p>');
  else response.sendStatus(403);
});

app.listen(Number(process.env.PORT), "127.0.0.1");
