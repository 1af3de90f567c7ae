// An app on net/http with go-oidc.
package main

import (
	"context"
	"html/template"
	"log"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type claims struct {
	Sub    string   `json:"sub"`
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
}

// session is what the app keeps for one browser.
type session struct {
	State, Verifier string
	Claims          claims
	IDToken         string
	Token           *oauth2.Token
}

var page = template.Must(template.New("page").Parse(`
<p id="sub">{{ .Claims.Sub }}</p>
<p id="name">{{ .Claims.Name }}</p>
<p id="token">{{ .Token.AccessToken }}</p>
<form id="refresh" method="post" action="/refresh"><button>Refresh</button></form>
<form id="sign-out" method="post" action="/sign-out"><button>Sign out</button></form>`))

type app struct {
	address  string
	endpoint string
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier

	lock     sync.Mutex
	sessions map[string]*session
}

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		log.Fatal(err)
	}
	address := os.Getenv("ADDRESS")
	a := &app{
		address:  address,
		endpoint: metadata.EndSession,
		config: oauth2.Config{
			ClientID:     os.Getenv("CLIENT_ID"),
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			RedirectURL:  address + "/callback",
			Endpoint:     provider.Endpoint(),
			Scopes:       []string{oidc.ScopeOpenID, "profile", "email", "groups", oidc.ScopeOfflineAccess},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")}),
		sessions: map[string]*session{},
	}
	http.HandleFunc("GET /login", a.login)
	http.HandleFunc("GET /callback", a.callback)
	http.HandleFunc("GET /{$}", a.signedIn(a.home))
	http.HandleFunc("GET /admin", a.signedIn(a.admin))
	http.HandleFunc("POST /refresh", a.signedIn(a.refresh))
	http.HandleFunc("POST /sign-out", a.signedIn(a.signOut))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

// of yields the session of the browser, if it has one.
func (a *app) of(r *http.Request) *session {
	cookie, err := r.Cookie("session")
	if err != nil {
		return nil
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	return a.sessions[cookie.Value]
}

func (a *app) signedIn(handler func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s := a.of(r); s != nil && s.Token != nil {
			handler(w, r, s)
			return
		}
		http.Redirect(w, r, "/login", http.StatusFound)
	}
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	id, state, pkce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	a.lock.Lock()
	a.sessions[id] = &session{State: state, Verifier: pkce}
	a.lock.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, a.config.AuthCodeURL(state, oauth2.S256ChallengeOption(pkce)), http.StatusFound)
}

func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	s := a.of(r)
	if s == nil || r.URL.Query().Get("state") != s.State {
		http.Error(w, "wrong state", http.StatusBadRequest)
		return
	}
	token, err := a.config.Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.IDToken, _ = token.Extra("id_token").(string)
	idToken, err := a.verifier.Verify(r.Context(), s.IDToken)
	if err == nil {
		err = idToken.Claims(&s.Claims)
	}
	s.keep(w, r, token, err)
}

// keep stores the tokens that the server has issued and redirects home, or reports why there are none.
func (s *session) keep(w http.ResponseWriter, r *http.Request, token *oauth2.Token, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.Token = token
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) home(w http.ResponseWriter, r *http.Request, s *session) {
	if err := page.Execute(w, s); err != nil {
		log.Print(err)
	}
}

func (a *app) admin(w http.ResponseWriter, r *http.Request, s *session) {
	if !slices.Contains(s.Claims.Groups, "operators") {
		http.Error(w, "only for operators", http.StatusForbidden)
		return
	}
	if _, err := w.Write([]byte(`<p id="admin">For operators</p>`)); err != nil {
		log.Print(err)
	}
}

func (a *app) refresh(w http.ResponseWriter, r *http.Request, s *session) {
	// The library refreshes only a token that has expired.
	spent := &oauth2.Token{RefreshToken: s.Token.RefreshToken}
	token, err := a.config.TokenSource(r.Context(), spent).Token()
	s.keep(w, r, token, err)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request, s *session) {
	cookie, _ := r.Cookie("session")
	a.lock.Lock()
	delete(a.sessions, cookie.Value)
	a.lock.Unlock()
	query := url.Values{"id_token_hint": {s.IDToken}, "post_logout_redirect_uri": {a.address + "/"}}
	http.Redirect(w, r, a.endpoint+"?"+query.Encode(), http.StatusSeeOther)
}
