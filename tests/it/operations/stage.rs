//! An instance with actors of every kind, and fresh objects for each operation.

use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward::auth::passkey::{Owner, RelyingParty};
use doorward::crypto::Token;
use doorward::directory::accounts::{DeleteAccount, NewAccount};
use doorward::directory::clients::{CreateClient, Holder, ShareAppRole};
use doorward::directory::emails::AddEmail;
use doorward::directory::groups::{CreateGroup, GroupRef};
use doorward::directory::invitations::{InvitationTarget, InvitePeople, ListInvitations};
use doorward::directory::own_account::ChangeOwnPassword;
use doorward::directory::passkeys::{AddPasskey, PasskeyAnswer};
use doorward::directory::resets::{CompleteCodeReset, MakeResetCode, MakeResetLink, SetPassword};
use doorward::directory::roles::{RevokeAppRole, RevokeRole};
use doorward::directory::second_factors::{AddAuthenticator, Enrolment};
use doorward::directory::settings::GetSettings;
use doorward::directory::signed_id::{Purpose, SignedId};
use doorward::directory::teams::{MembershipEnd, RemoveTeamMember, SetTeamMember, TeamRef};
use doorward::directory::{Actor, Change, Operation, Read, Who};
use doorward::model::client::ClientSettings;
use doorward::model::invitation::InvitationState;
use doorward::model::{AccountId, ClientId, DeviceId, SessionId, TeamId};
use image::{DynamicImage, ImageFormat};

use crate::schemes::{grant_instance_role, outcome_of, team, with_role};
use crate::support::{PASSWORD, SoftPasskey, TestApp, code_of};

/// An instance with an actor of each kind, which creates the objects of operations.
pub struct Stage {
    pub test: TestApp,
    pub actors: [Actor; 7],
    next_name: AtomicUsize,
}

impl Stage {
    pub async fn new(test: TestApp) -> Self {
        let owner = Actor::account(test.ann.clone(), "");
        let actors = [
            Actor::HOST,
            owner,
            with_role(&test, "adam", "admin").await,
            with_role(&test, "audrey", "auditor").await,
            with_role(&test, "bob", "").await,
            with_role(&test, "tess", "").await,
            Actor::new(Who::Visitor, ""),
        ];
        let next_name = AtomicUsize::new(0);
        let stage = Self {
            test,
            actors,
            next_name,
        };
        team(&stage.test, stage.tess(), "tess-team").await;
        stage
    }

    /// The admin of a team, who has no role on the instance.
    fn tess(&self) -> &Actor {
        &self.actors[5]
    }

    pub async fn change<C: Change>(&self, by: &Actor, operation: Operation, change: C) -> &'static str {
        assert_eq!(C::OPERATION, operation, "the row makes another operation");
        outcome_of(self.test.change(by, change).await)
    }

    pub async fn read<R: Read>(&self, by: &Actor, operation: Operation, read: R) -> &'static str {
        assert_eq!(R::OPERATION, operation, "the row makes another operation");
        outcome_of(self.test.read(by, read).await)
    }

    /// An unused name.
    pub fn name(&self) -> String {
        format!("some-{}", self.next_name.fetch_add(1, Ordering::Relaxed))
    }

    /// An unused address.
    pub fn address(&self) -> String {
        format!("{}@example.org", self.name())
    }

    pub fn new_account(&self) -> NewAccount {
        NewAccount {
            username: self.name(),
            ..NewAccount::default()
        }
    }

    /// A change of the actor's own password, with the right current one.
    pub async fn password_change(&self, by: &Actor) -> ChangeOwnPassword {
        if let Some(id) = by.account_id().cloned() {
            let password = PASSWORD.into();
            let set = SetPassword { id, password };
            self.test.change(&Actor::HOST, set).await.unwrap();
        }
        let current = PASSWORD.to_owned().into();
        ChangeOwnPassword::new(current, String::new(), "violet kettle harbour".into())
    }

    /// A new authenticator app with the code that it shows.
    pub fn new_authenticator(&self) -> AddAuthenticator {
        let now = self.test.clock.now();
        let enrolment = Enrolment::begin(now);
        let code = code_of(&enrolment.secret(), now);
        AddAuthenticator::new(&self.test.app.master, enrolment, String::new(), code)
    }

    /// A new passkey for a server with a name.
    pub fn new_passkey(&self) -> AddPasskey {
        let (now, master) = (self.test.clock.now(), &self.test.app.master);
        let server = RelyingParty::of(&"http://localhost".parse().unwrap()).unwrap();
        let owner = Owner {
            account: &self.test.ann,
            username: "ann",
            name: "Ann Lee",
            existing: Vec::new(),
        };
        let begun = server.begin_registration(owner, "Example", now).unwrap();
        let options = serde_json::from_str(&begun.options).unwrap();
        let passkey = SoftPasskey::new(&options, "http://localhost");
        let answer = passkey.attest(&passkey.answer_content("webauthn.create", &options), 0x26);
        let session = SessionId("session".into());
        let answered = PasskeyAnswer {
            challenge: begun.ceremony.seal(master, session.as_str()),
            answer: answer.to_string(),
            name: String::new(),
        };
        AddPasskey::new(Some(&server), master, session.as_str(), answered, now).unwrap()
    }

    /// An account without roles, with a second factor.
    pub async fn account_with_second_factor(&self) -> AccountId {
        let id = self.account("active").await;
        let owner = Actor::account(id.clone(), "");
        self.test.change(&owner, self.new_authenticator()).await.unwrap();
        id
    }

    /// An account without roles, with a browser in which its owner has signed in.
    pub async fn account_with_device(&self) -> (AccountId, DeviceId) {
        let (account, id) = (self.account("active").await, self.name());
        let is_postgres = self.test.database.starts_with("postgres");
        let kind = if is_postgres { "BYTEA" } else { "BLOB" };
        let statement = format!(
            "INSERT INTO devices (id, account_id, token_hash, created_at, seen_at, client_address, user_agent) \
             SELECT '{id}', id, CAST('{id}' AS {kind}), 0, 0, '', '' FROM accounts WHERE id = '{}'",
            account.as_str()
        );
        self.test.sql(&statement).await;
        (account, DeviceId(id))
    }

    /// An account without roles, with an address.
    pub async fn account_with_email(&self) -> (AccountId, String) {
        let (id, address) = (self.account("active").await, self.address());
        let add = AddEmail {
            id: id.clone(),
            address: address.clone(),
        };
        self.test.change(&Actor::HOST, add).await.unwrap();
        (id, address)
    }

    /// An account without roles, with this status.
    pub async fn account(&self, status: &str) -> AccountId {
        let id = self.test.add_person_without_password(&self.name()).await;
        let statement = format!(
            "UPDATE accounts SET status = '{status}' WHERE id = '{}'",
            id.as_str()
        );
        self.test.sql(&statement).await;
        id
    }

    /// The token of a link with which a person chooses a password.
    pub async fn reset_link(&self) -> Token {
        let (account, now) = (self.account("active").await, self.test.clock.now());
        let change = MakeResetLink::new(account.into(), &self.test.app.master, now);
        self.test.change(&Actor::HOST, change).await.unwrap().secret
    }

    /// The completion of a reset with the right code.
    pub async fn code_reset(&self) -> CompleteCodeReset {
        let account = self.account("active").await;
        let change = MakeResetCode {
            account: account.clone().into(),
        };
        let made = self.test.change(&Actor::HOST, change).await.unwrap();
        CompleteCodeReset {
            code: made.secret.expose().clone(),
            account,
            password: PASSWORD.into(),
        }
    }

    /// A team in which Tess is an admin.
    pub async fn team_of_tess(&self) -> TeamRef {
        team(&self.test, self.tess(), &self.name()).await.into()
    }

    /// The removal of an ordinary member from a team in which Tess is an admin.
    pub async fn member_of_tess(&self) -> RemoveTeamMember {
        let (team, account) = (self.team_of_tess().await, self.account("active").await);
        let set = SetTeamMember {
            team: team.clone(),
            account: account.clone().into(),
            role: None,
            end: MembershipEnd::Set(None),
        };
        self.test.change(&Actor::HOST, set).await.unwrap();
        RemoveTeamMember {
            team,
            account: account.into(),
        }
    }

    pub async fn group(&self) -> GroupRef {
        let create = CreateGroup { name: self.name() };
        self.test.change(&Actor::HOST, create).await.unwrap().into()
    }

    pub async fn app(&self) -> ClientId {
        let id = self.name();
        self.test.register(&id, |_| ()).await;
        ClientId(id)
    }

    pub async fn role_of_an_auditor(&self) -> RevokeRole {
        let id = self.account("active").await;
        grant_instance_role(&self.test, &id, "auditor").await;
        RevokeRole {
            account: id.into(),
            role: "auditor".into(),
        }
    }

    pub async fn role_for_an_app(&self) -> RevokeAppRole {
        let (id, app) = (self.account("active").await, self.app().await);
        self.test.grant_app_role(&id, app.as_str(), "operator").await;
        RevokeAppRole {
            account: id.into(),
            app,
            role: "operator".into(),
        }
    }

    pub async fn shared_role(&self) -> ShareAppRole {
        ShareAppRole {
            app: self.app().await,
            role: "operator".into(),
            with: Holder::Group(self.group().await),
            until: None,
        }
    }

    pub fn new_client(&self) -> CreateClient {
        CreateClient {
            id: ClientId(self.name()),
            name: "App".into(),
            settings: ClientSettings::default(),
            team: None,
        }
    }

    /// The token in the link of a new invitation.
    pub async fn link(&self, invite: InvitePeople) -> Token {
        let mut invited = self.test.change(&Actor::HOST, invite).await.unwrap();
        invited.remove(0).token.unwrap()
    }

    /// A signed id to which nothing belongs.
    pub fn signed_id(&self, purpose: Purpose) -> SignedId {
        let master = &self.test.app.master;
        let text = SignedId::text(master, purpose, &self.name());
        SignedId::open(master, purpose, &text).unwrap()
    }

    /// The id of a pending invitation.
    pub async fn invitation(&self) -> String {
        self.link(invite(None)).await;
        let all = ListInvitations {
            before: None,
            limit: 1000,
        };
        let list = self.test.read(&Actor::HOST, all).await.unwrap();
        let mut rows = list.invitations.rows.into_iter();
        let pending = rows.find(|row| row.state == InvitationState::Pending);
        pending.unwrap().id
    }

    pub async fn settings_revision(&self) -> i64 {
        let seen = self.test.read(&Actor::HOST, GetSettings).await.unwrap();
        seen.settings.revision
    }

    pub async fn deleted_account(&self) -> AccountId {
        let id = self.account("active").await;
        let delete = DeleteAccount { id: id.clone() };
        self.test.change(&Actor::HOST, delete).await.unwrap();
        id
    }
}

/// An image to upload.
pub fn image() -> Vec<u8> {
    let mut sent = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(2, 3)
        .write_to(&mut sent, ImageFormat::Png)
        .unwrap();
    sent.into_inner()
}

/// An invitation for anybody to a team, or to the instance alone.
pub fn invite(team: Option<TeamId>) -> InvitePeople {
    InvitePeople {
        target: InvitationTarget { team, role: None },
        addresses: Vec::new(),
    }
}
