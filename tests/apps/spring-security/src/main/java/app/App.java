package app;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.authority.mapping.GrantedAuthoritiesMapper;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUserAuthority;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.view.RedirectView;

/** A Spring Boot app with Spring Security, configured by the application.yaml that the catalogue prints. */
@SpringBootApplication
@RestController
public class App {
    public static void main(String[] arguments) {
        SpringApplication.run(App.class, arguments);
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
        var signOut = new OidcClientInitiatedLogoutSuccessHandler(registrations);
        signOut.setPostLogoutRedirectUri("{baseUrl}/");
        return http
            .authorizeHttpRequests(requests -> requests
                .requestMatchers("/admin").hasAuthority("GROUP_operators")
                .anyRequest().authenticated())
            .oauth2Login(login -> { })
            .logout(logout -> logout.logoutSuccessHandler(signOut))
            .build();
    }

    @Bean
    GrantedAuthoritiesMapper groups() {
        return authorities -> {
            Set<GrantedAuthority> mapped = new HashSet<>(authorities);
            for (GrantedAuthority authority : authorities) {
                if (authority instanceof OidcUserAuthority user
                    && user.getIdToken().getClaimAsStringList("groups") != null) {
                    user.getIdToken().getClaimAsStringList("groups")
                        .forEach(group -> mapped.add(new SimpleGrantedAuthority("GROUP_" + group)));
                }
            }
            return mapped;
        };
    }

    private final OAuth2AuthorizedClientRepository clients;
    private final DefaultOAuth2AuthorizedClientManager refreshing;

    App(ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository clients) {
        this.clients = clients;
        refreshing = new DefaultOAuth2AuthorizedClientManager(registrations, clients);
        // Tokens that expire within an hour are refreshed, which is every token.
        refreshing.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
            .refreshToken(refresh -> refresh.clockSkew(Duration.ofHours(1)))
            .build());
    }

    @GetMapping(path = "/", produces = "text/html")
    String home(@AuthenticationPrincipal OidcUser user, Authentication principal, HttpServletRequest request, CsrfToken csrf) {
        OAuth2AuthorizedClient client = clients.loadAuthorizedClient("doorward", principal, request);
        String field = "<input type='hidden' name='%s' value='%s'>".formatted(csrf.getParameterName(), csrf.getToken());
        return """
            <p id="sub">%s</p>
            <p id="name">%s</p>
            <p id="token">%s</p>
            <form id="refresh" method="post" action="/refresh">%s<button>Refresh</button></form>
            <form id="sign-out" method="post" action="/logout">%s<button>Sign out</button></form>
            """.formatted(user.getSubject(), user.getFullName(), client.getAccessToken().getTokenValue(), field, field);
    }

    @GetMapping(path = "/admin", produces = "text/html")
    String admin() {
        return "<p id='admin'>For operators</p>";
    }

    @PostMapping("/refresh")
    RedirectView refresh(Authentication principal, HttpServletRequest request, HttpServletResponse response) {
        refreshing.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("doorward")
            .principal(principal)
            .attribute(HttpServletRequest.class.getName(), request)
            .attribute(HttpServletResponse.class.getName(), response)
            .build());
        return new RedirectView("/");
    }
}
