# For a web server that asks OAuth2 Proxy: starts the proxy and the app behind the web server, and writes their addresses
# into a file of the definition, which the web server then reads.
beside() {
    local file=$1 proxy
    proxy=$(/usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
    # Plain http, since all is on one machine; no page of the proxy's own before the sign-in; and a sign-out may redirect
    # to Doorward.
    "$(dirname "$CACHE")/oauth2-proxy/oauth2-proxy" --config "$SNIPPETS/oauth2-proxy.cfg" \
        --http-address "127.0.0.1:$proxy" --trusted-proxy-ip 127.0.0.1 \
        --skip-provider-button --cookie-secure=false --whitelist-domain "${ISSUER#http://}" &
    /usr/bin/python3 ../oauth2-proxy/behind.py "$STATE/upstream" X-Auth-Request &
    until [ -s "$STATE/upstream" ] && (: <"/dev/tcp/127.0.0.1/$proxy") 2>/dev/null; do sleep 0.1; done
    sed -i "s/127.0.0.1:4180/127.0.0.1:$proxy/; s/127.0.0.1:8080/127.0.0.1:$(cat "$STATE/upstream")/" "$file"
}
