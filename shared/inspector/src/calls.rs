//! Inspector's clients, built with the first call that needs them, and the calls that this adapter makes. I/O.

use aws_sdk_inspector2::{
    Client,
    operation::{
        batch_get_account_status::BatchGetAccountStatusOutput,
        batch_get_member_ec2_deep_inspection_status::BatchGetMemberEc2DeepInspectionStatusOutput,
        batch_update_member_ec2_deep_inspection_status::BatchUpdateMemberEc2DeepInspectionStatusOutput,
        describe_organization_configuration::DescribeOrganizationConfigurationOutput, disable::DisableOutput,
        enable::EnableOutput, get_configuration::GetConfigurationOutput,
        get_ec2_deep_inspection_configuration::GetEc2DeepInspectionConfigurationOutput, get_member::GetMemberOutput,
        list_members::ListMembersOutput,
    },
    types::{
        AutoEnable, DelegatedAdmin, DelegatedAdminAccount, MemberAccountEc2DeepInspectionStatus, ResourceScanType,
    },
};
use rollcall_aws::{Access, Connection};
use rollcall_core::{AccountId, ErrorClass, ServiceError};
use tokio::sync::OnceCell;

use crate::{
    failure::{self, of_call},
    retries::NotAMember,
    settings::Update,
};

/// The calls of one region.
#[derive(Debug)]
pub(crate) struct Calls {
    connection: Connection,
    administrator: OnceCell<Client>,
    management_read: OnceCell<Client>,
    management_write: OnceCell<Client>,
}

/// The most members that a page of `ListMembers` holds (AWS's model).
const PAGE: i32 = 50;

impl Calls {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            administrator: OnceCell::new(),
            management_read: OnceCell::new(),
            management_write: OnceCell::new(),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// How many calls of a kind run at a time.
    pub(crate) fn concurrency(&self) -> usize {
        self.connection.concurrency.max(1)
    }

    async fn administrator(&self) -> &Client {
        self.administrator.get_or_init(|| self.client(&self.connection.administrator_access)).await
    }

    async fn management_read(&self) -> &Client {
        self.management_read.get_or_init(|| self.client(&self.connection.management_read)).await
    }

    async fn management_write(&self) -> &Client {
        self.management_write.get_or_init(|| self.client(&self.connection.management_write)).await
    }

    async fn client(&self, access: &Access) -> Client {
        let shared = self.connection.aws.config(access, &self.connection.region).await;
        let config = aws_sdk_inspector2::config::Builder::from(&shared).retry_classifier(NotAMember).build();
        Client::from_conf(config)
    }

    pub(crate) async fn describe_organization(&self) -> Result<DescribeOrganizationConfigurationOutput, ServiceError> {
        let answer = self.administrator().await.describe_organization_configuration().send().await;
        answer.map_err(|error| of_call("DescribeOrganizationConfiguration", &error))
    }

    /// The region's administrator as the administrator itself sees it; `None` where AWS names none.
    pub(crate) async fn delegated_administrator(&self) -> Result<Option<DelegatedAdmin>, ServiceError> {
        let answer = self.administrator().await.get_delegated_admin_account().send().await;
        match answer.map_err(|error| of_call("GetDelegatedAdminAccount", &error)) {
            Ok(answer) => Ok(answer.delegated_admin),
            Err(error) if error.code == "ResourceNotFoundException" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The region's administrators as the management account sees them: at most one, as far as is known.
    pub(crate) async fn delegated_administrators(&self) -> Result<Vec<DelegatedAdminAccount>, ServiceError> {
        let mut found = Vec::new();
        // The SDK's paginator goes on after an empty page, and stops where a token repeats.
        let mut pages = self.management_read().await.list_delegated_admin_accounts().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| of_call("ListDelegatedAdminAccounts", &error))?;
            found.extend(page.delegated_admin_accounts.unwrap_or_default());
        }
        Ok(found)
    }

    pub(crate) async fn account_status(
        &self,
        accounts: &[AccountId],
    ) -> Result<BatchGetAccountStatusOutput, ServiceError> {
        let request = self.administrator().await.batch_get_account_status();
        let answer = request.set_account_ids(Some(ids(accounts))).send().await;
        answer.map_err(|error| of_call("BatchGetAccountStatus", &error))
    }

    pub(crate) async fn deep_inspection(
        &self,
        members: &[AccountId],
    ) -> Result<BatchGetMemberEc2DeepInspectionStatusOutput, ServiceError> {
        let request = self.administrator().await.batch_get_member_ec2_deep_inspection_status();
        let answer = request.set_account_ids(Some(ids(members))).send().await;
        answer.map_err(|error| of_call("BatchGetMemberEc2DeepInspectionStatus", &error))
    }

    pub(crate) async fn own_deep_inspection(&self) -> Result<GetEc2DeepInspectionConfigurationOutput, ServiceError> {
        let answer = self.administrator().await.get_ec2_deep_inspection_configuration().send().await;
        answer.map_err(|error| of_call("GetEc2DeepInspectionConfiguration", &error))
    }

    pub(crate) async fn member(&self, account: AccountId) -> Result<GetMemberOutput, ServiceError> {
        let answer = self.administrator().await.get_member().account_id(account.to_string()).send().await;
        answer.map_err(|error| of_call("GetMember", &error))
    }

    /// One page of all accounts of the organization that Inspector knows, associated or not: of those under way too.
    pub(crate) async fn members(&self, token: Option<String>) -> Result<ListMembersOutput, ServiceError> {
        let request = self.administrator().await.list_members().only_associated(false).max_results(PAGE);
        let answer = request.set_next_token(token).send().await;
        answer.map_err(|error| of_call("ListMembers", &error))
    }

    pub(crate) async fn designate(&self, administrator: AccountId) -> Result<(), ServiceError> {
        let request = self.management_write().await.enable_delegated_admin_account();
        let answer = request.delegated_admin_account_id(administrator.to_string()).send().await;
        answer.map(drop).map_err(|error| of_call("EnableDelegatedAdminAccount", &error))
    }

    pub(crate) async fn associate(&self, account: AccountId) -> Result<(), ServiceError> {
        let answer = self.administrator().await.associate_member().account_id(account.to_string()).send().await;
        answer.map(drop).map_err(|error| of_call("AssociateMember", &error))
    }

    pub(crate) async fn disassociate(&self, account: AccountId) -> Result<(), ServiceError> {
        let answer = self.administrator().await.disassociate_member().account_id(account.to_string()).send().await;
        answer.map(drop).map_err(|error| of_call("DisassociateMember", &error))
    }

    /// Turns scan types on, for the administrator alone or for members alone: not for both in one call.
    pub(crate) async fn enable(
        &self,
        accounts: &[AccountId],
        scan_types: Vec<ResourceScanType>,
    ) -> Result<EnableOutput, ServiceError> {
        let request = self.administrator().await.enable().set_resource_types(Some(scan_types));
        let answer = request.set_account_ids(Some(ids(accounts))).send().await;
        answer.map_err(|error| of_call("Enable", &error))
    }

    /// Turns scan types off; there must be one, since without any all would be, and Inspector with them (AWS's model).
    pub(crate) async fn disable(
        &self,
        accounts: &[AccountId],
        scan_types: Vec<ResourceScanType>,
    ) -> Result<DisableOutput, ServiceError> {
        let request = self.administrator().await.disable().set_resource_types(Some(scan_types));
        let answer = request.set_account_ids(Some(ids(accounts))).send().await;
        answer.map_err(|error| of_call("Disable", &error))
    }

    pub(crate) async fn configuration(&self) -> Result<GetConfigurationOutput, ServiceError> {
        let answer = self.administrator().await.get_configuration().send().await;
        answer.map_err(|error| of_call("GetConfiguration", &error))
    }

    /// Updates the administrator's own configuration, which members take over that have none of their own (AWS's model).
    pub(crate) async fn update_configuration(&self, update: Update) -> Result<(), ServiceError> {
        let request = self.administrator().await.update_configuration().set_ec2_configuration(update.ec2);
        let answer = request.set_ecr_configuration(update.ecr).send().await;
        answer.map(drop).map_err(|error| of_call("UpdateConfiguration", &error))
    }

    pub(crate) async fn set_organization_paths(&self, paths: Vec<String>) -> Result<(), ServiceError> {
        let request = self.administrator().await.update_org_ec2_deep_inspection_configuration();
        let answer = request.set_org_package_paths(Some(paths)).send().await;
        answer.map(drop).map_err(|error| of_call("UpdateOrgEc2DeepInspectionConfiguration", &error))
    }

    pub(crate) async fn set_auto_enable(&self, settings: AutoEnable) -> Result<(), ServiceError> {
        let answer = self.administrator().await.update_organization_configuration().auto_enable(settings).send().await;
        answer.map(drop).map_err(|error| of_call("UpdateOrganizationConfiguration", &error))
    }

    pub(crate) async fn set_deep_inspection(
        &self,
        members: &[AccountId],
        active: bool,
    ) -> Result<BatchUpdateMemberEc2DeepInspectionStatusOutput, ServiceError> {
        const OPERATION: &str = "BatchUpdateMemberEc2DeepInspectionStatus";
        let set = |account: &AccountId| {
            let builder = MemberAccountEc2DeepInspectionStatus::builder().account_id(account.to_string());
            builder.activate_deep_inspection(active).build()
        };
        let statuses: Result<Vec<_>, _> = members.iter().map(set).collect();
        let statuses = statuses.map_err(|error| failure::own(OPERATION, ErrorClass::Invalid, "NotBuilt", &error))?;
        let request = self.administrator().await.batch_update_member_ec2_deep_inspection_status();
        let answer = request.set_account_ids(Some(statuses)).send().await;
        answer.map_err(|error| of_call(OPERATION, &error))
    }

    /// Turns deep inspection of the administrator's own instances on or off. `paths` are the custom paths found, echoed:
    /// what leaving them out does is not documented.
    pub(crate) async fn set_own_deep_inspection(
        &self,
        active: bool,
        paths: Option<Vec<String>>,
    ) -> Result<(), ServiceError> {
        let request = self.administrator().await.update_ec2_deep_inspection_configuration();
        let answer = request.activate_deep_inspection(active).set_package_paths(paths).send().await;
        answer.map(drop).map_err(|error| of_call("UpdateEc2DeepInspectionConfiguration", &error))
    }
}

fn ids(accounts: &[AccountId]) -> Vec<String> {
    accounts.iter().map(ToString::to_string).collect()
}
