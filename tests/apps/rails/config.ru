# A Rails app with OmniAuth, around the initializer that the catalogue prints.

require "logger"
require "action_controller/railtie"
require "omniauth/rails_csrf_protection"
require "omniauth_openid_connect"

# Discovery over plain http, since both are on one machine.
SWD.url_builder = URI::HTTP

class Site < Rails::Application
  config.load_defaults 6.1
  config.eager_load = false
  config.consider_all_requests_local = false
  config.secret_key_base = SecureRandom.hex
  config.hosts.clear
  config.logger = Logger.new($stdout)
  config.session_store :cookie_store, key: "_site"
  routes.append do
    root "pages#home"
    get "admin", to: "pages#admin"
    get "auth/:provider/callback", to: "pages#signed_in"
    post "refresh", to: "pages#refresh"
    post "sign-out", to: "pages#sign_out"
  end
end

TOKENS = {}

class PagesController < ActionController::Base
  before_action :require_user, except: :signed_in

  def home
    render inline: <<~PAGE
      <p id="sub"><%= session[:user]["sub"] %></p>
      <p id="name"><%= session[:user]["name"] %></p>
      <p id="token"><%= TOKENS[session[:user]["sub"]][:token] %></p>
      <%= form_tag "/refresh", id: "refresh" do %><button>Refresh</button><% end %>
      <%= form_tag "/sign-out", id: "sign-out" do %><button>Sign out</button><% end %>
    PAGE
  end

  def admin
    return head :forbidden unless Array(session[:user]["groups"]).include?("operators")

    render inline: '<p id="admin">For operators</p>'
  end

  def signed_in
    auth = request.env["omniauth.auth"]
    session[:user] = auth.extra.raw_info.slice("sub", "name", "groups")
    TOKENS[auth.uid] = auth.credentials
    redirect_to "/"
  end

  def refresh
    kept = TOKENS[session[:user]["sub"]]
    metadata = OpenIDConnect::Discovery::Provider::Config.discover!(ENV["ISSUER"])
    client = OpenIDConnect::Client.new(
      identifier: ENV["CLIENT_ID"], secret: ENV["CLIENT_SECRET"], token_endpoint: metadata.token_endpoint
    )
    client.refresh_token = kept[:refresh_token]
    kept[:token] = client.access_token!.access_token
    redirect_to "/"
  end

  def sign_out
    kept = TOKENS.delete(session[:user]["sub"])
    reset_session
    fields = { id_token_hint: kept[:id_token], post_logout_redirect_uri: "#{ENV["ADDRESS"]}/" }
    metadata = OpenIDConnect::Discovery::Provider::Config.discover!(ENV["ISSUER"])
    redirect_to "#{metadata.end_session_endpoint}?#{fields.to_query}"
  end

  private

  # OmniAuth begins a sign-in only with a POST.
  def require_user
    return if session[:user]

    render inline: '<%= form_tag "/auth/openid_connect" do %><button>Sign in</button><% end %>'
  end
end

load "#{ENV["SNIPPETS"]}/config-initializers-omniauth.rb"
Rails.application.initialize!
run Rails.application
