<#
.SYNOPSIS
Creates in Microsoft Entra ID what the Office 365 connector needs, or takes it away again.

.DESCRIPTION
Signs an administrator in in the browser, then creates, with plain REST calls to Microsoft Graph and without any module:
the application (this tenant only, redirect URI http://localhost/connect), its service principal, admin consent for the
permissions of the features that were chosen, and a client secret. On request it creates a restricted user.

It can be run again: what exists is found by the application's name and kept, and only what is missing is added. A new
client secret is made only when the application has none, or with -NewSecret.

Needs Windows PowerShell 5.1 or PowerShell 7, and one of these roles: Global Administrator, or Privileged Role
Administrator together with Cloud Application Administrator.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com
Creates everything for all features, and prints the three values to give to `host-harness configure`.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Feature Spend,Use -WhatIf
Signs in, looks what is there, and says what would be changed.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -RestrictedUser binadox-reader
Creates a user with the directory role Reports Reader as well, which opens usage reports and sign-ins.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Remove
Removes the application, and with it its service principal, its consent and its secrets.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    # Tenant id, or a verified domain of the tenant.
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9.-]+$')]
    [string] $Tenant,

    # Spend: subscriptions, users and licences. Use: usage reports. Activity: sign-in dates of users (Entra ID P1 or P2).
    # Applications: applications and who signs in to them (Entra ID P1 or P2).
    [ValidateSet('Spend', 'Use', 'Activity', 'Applications')]
    [string[]] $Feature = @('Spend', 'Use', 'Activity', 'Applications'),

    # How the application is called in the tenant.
    [string] $Name = 'Binadox Office 365 connector',

    # Days until the client secret ends.
    [ValidateRange(1, 730)]
    [int] $SecretDays = 180,

    # Makes another client secret although there is one.
    [switch] $NewSecret,

    # Name before the @ of a user to create with the role Reports Reader.
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9._-]*$')]
    [string] $RestrictedUser,

    # Gives the restricted user Billing Administrator and Security Reader instead, as the classic guide did.
    [switch] $ClassicRoles,

    # National cloud of the tenant.
    [ValidateSet('Global', 'UsGovL4', 'UsGovL5', 'China')]
    [string] $Cloud = 'Global',

    # Signs in with a code on another device instead of the browser of this machine.
    [switch] $UseDeviceCode,

    # Client with which the administrator signs in: Microsoft Graph Command Line Tools.
    [guid] $ClientId = '14d82eec-204b-4c2f-b7e8-296a70dab67e',

    # Removes what this script made.
    [switch] $Remove
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# Windows PowerShell 5.1 starts with older protocols on older systems.
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$hosts = @{
    Global  = @{ Authority = 'https://login.microsoftonline.com'; Graph = 'https://graph.microsoft.com' }
    UsGovL4 = @{ Authority = 'https://login.microsoftonline.us'; Graph = 'https://graph.microsoft.us' }
    UsGovL5 = @{ Authority = 'https://login.microsoftonline.us'; Graph = 'https://dod-graph.microsoft.us' }
    China   = @{ Authority = 'https://login.partner.microsoftonline.cn'; Graph = 'https://microsoftgraph.chinacloudapi.cn' }
}[$Cloud]

$graphAppId = '00000003-0000-0000-c000-000000000000'
$redirectUri = 'http://localhost/connect'

# Ids of application permissions, from permissions.json of microsoft-graph-devx-content, 2026-08-07.
$roles = @{
    'Organization.Read.All'       = '498476ce-e0fe-48b0-b801-37ba7e2685c6'
    'LicenseAssignment.Read.All'  = 'e2f98668-2877-4f38-a2f4-8202e0717aa1'
    'User.Read.All'               = 'df021288-bdef-4463-88db-98f22de89214'
    'GroupMember.Read.All'        = '98830695-27a2-44f7-8c18-0c3ebc9698f6'
    'Reports.Read.All'            = '230c1aed-a721-4c5d-9cb4-a90514e508ef'
    'ReportSettings.Read.All'     = 'ee353f83-55ef-4b78-82da-555bfa2b4b95'
    'AuditLog.Read.All'           = 'b0afded3-3588-46d8-8b3d-9842eff778da'
    'Directory.Read.All'          = '7ab1d382-f21e-4acd-a863-ba3e13f7da61'
    'Application.Read.All'        = '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30'
}
$permissionsOfFeature = @{
    Spend        = @('Organization.Read.All', 'LicenseAssignment.Read.All', 'User.Read.All', 'GroupMember.Read.All')
    Use          = @('Reports.Read.All', 'ReportSettings.Read.All')
    Activity     = @('AuditLog.Read.All', 'User.Read.All')
    Applications = @('AuditLog.Read.All', 'Directory.Read.All', 'Application.Read.All')
}
$wanted = @($Feature | ForEach-Object { $permissionsOfFeature[$_] } | Sort-Object -Unique)

# Template ids of directory roles, from GDAPRoles.json of KelvinTegelaar/CIPP.
$directoryRoles = @{
    'Reports Reader'        = '4a5d8f65-41da-4de4-8968-e035b65339cf'
    'Billing Administrator' = 'b0f54661-2d74-4c50-afa3-1ec803f12efe'
    'Security Reader'       = '5d6b6bb7-de71-4623-b4af-96380a352509'
}

$adminScopes = @('Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All')
if ($RestrictedUser) { $adminScopes += 'User.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Organization.Read.All' }
$scope = (@($adminScopes | ForEach-Object { "$($hosts.Graph)/$_" }) + 'openid') -join ' '

function ConvertTo-Base64Url([byte[]] $Bytes) {
    [Convert]::ToBase64String($Bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_')
}

function New-RandomText([int] $Bytes) {
    $random = New-Object byte[] $Bytes
    $generator = [Security.Cryptography.RandomNumberGenerator]::Create()
    try { $generator.GetBytes($random) } finally { $generator.Dispose() }
    ConvertTo-Base64Url $random
}

function Get-Property($Object, [string] $Name) {
    if ($null -ne $Object -and $Object.PSObject.Properties.Name -contains $Name) { $Object.$Name }
}

# The JSON body of a failed request, in Windows PowerShell and in PowerShell 7; $null when there is none.
function Read-ErrorBody($ErrorRecord) {
    $text = $null
    if ($ErrorRecord.ErrorDetails -and $ErrorRecord.ErrorDetails.Message) {
        $text = $ErrorRecord.ErrorDetails.Message
    }
    if (-not $text) { return $null }
    try { $text | ConvertFrom-Json } catch { $null }
}

function Get-StatusCode($ErrorRecord) {
    $response = Get-Property $ErrorRecord.Exception 'Response'
    if ($null -eq $response) { return 0 }
    [int] $response.StatusCode
}

function Invoke-TokenEndpoint([string] $Path, [hashtable] $Form) {
    $uri = "$($hosts.Authority)/$Tenant/oauth2/v2.0/$Path"
    try {
        Invoke-RestMethod -Method Post -Uri $uri -Body $Form -ContentType 'application/x-www-form-urlencoded'
    } catch {
        $body = Read-ErrorBody $_
        if ($null -eq $body) { throw }
        $body
    }
}

function Assert-Token($Answer) {
    $failure = Get-Property $Answer 'error'
    if ($failure) {
        $first = ([string](Get-Property $Answer 'error_description') -split "`r?`n")[0]
        throw "Microsoft Entra ID refused the sign-in ($failure): $first"
    }
    $Answer.access_token
}

function Connect-ByDeviceCode {
    $device = Invoke-TokenEndpoint 'devicecode' @{ client_id = $ClientId; scope = $scope }
    if (Get-Property $device 'error') { Assert-Token $device }
    Write-Host $device.message
    $wait = [int] $device.interval
    $end = (Get-Date).AddSeconds([int] $device.expires_in)
    while ((Get-Date) -lt $end) {
        Start-Sleep -Seconds $wait
        $answer = Invoke-TokenEndpoint 'token' @{
            grant_type  = 'urn:ietf:params:oauth:grant-type:device_code'
            client_id   = $ClientId
            device_code = $device.device_code
        }
        # A switch over nothing runs no branch, so nothing becomes an empty text.
        switch ([string](Get-Property $answer 'error')) {
            'authorization_pending' { continue }
            'slow_down' { $wait += 5; continue }
            default { return Assert-Token $answer }
        }
    }
    throw 'The code was not entered in time. Run the script again.'
}

function Get-FreePort {
    $probe = New-Object Net.Sockets.TcpListener([Net.IPAddress]::Loopback, 0)
    $probe.Start()
    try { $probe.LocalEndpoint.Port } finally { $probe.Stop() }
}

function Connect-ByBrowser {
    $verifier = New-RandomText 32
    $sha = [Security.Cryptography.SHA256]::Create()
    try { $challenge = ConvertTo-Base64Url ($sha.ComputeHash([Text.Encoding]::ASCII.GetBytes($verifier))) } finally { $sha.Dispose() }
    $state = New-RandomText 16
    $redirect = "http://localhost:$(Get-FreePort)/"
    $listener = New-Object Net.HttpListener
    $listener.Prefixes.Add($redirect)
    $listener.Start()
    try {
        $query = [ordered]@{
            client_id = "$ClientId"; response_type = 'code'; redirect_uri = $redirect; scope = $scope; state = $state
            code_challenge = $challenge; code_challenge_method = 'S256'; prompt = 'select_account'
        }
        $pairs = $query.GetEnumerator() | ForEach-Object { "$($_.Key)=$([Uri]::EscapeDataString($_.Value))" }
        $url = "$($hosts.Authority)/$Tenant/oauth2/v2.0/authorize?$($pairs -join '&')"
        Write-Host 'Sign in with an administrator of the tenant on the page that opens. If none opens, go to:'
        Write-Host $url
        try { Start-Process $url | Out-Null } catch { Write-Verbose 'No browser could be started.' }
        $end = (Get-Date).AddMinutes(10)
        while ((Get-Date) -lt $end) {
            $pending = $listener.GetContextAsync()
            while (-not $pending.Wait(500)) { if ((Get-Date) -ge $end) { throw 'Nobody signed in within ten minutes.' } }
            $context = $pending.Result
            $answer = $context.Request.QueryString
            # Whatever else calls at this port, such as a request for an icon, is not the answer.
            $mine = $answer['state'] -ceq $state
            $page = if ($mine) { 'You can close this window.' } else { 'Not found.' }
            $bytes = [Text.Encoding]::UTF8.GetBytes("<!doctype html><title>Sign-in</title><p>$page</p>")
            $context.Response.StatusCode = if ($mine) { 200 } else { 404 }
            $context.Response.ContentType = 'text/html; charset=utf-8'
            $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
            $context.Response.Close()
            if (-not $mine) { continue }
            if ($answer['error']) { throw "Microsoft Entra ID refused the sign-in ($($answer['error'])): $($answer['error_description'])" }
            return Assert-Token (Invoke-TokenEndpoint 'token' @{
                grant_type = 'authorization_code'; client_id = $ClientId; code = $answer['code']
                redirect_uri = $redirect; code_verifier = $verifier; scope = $scope
            })
        }
        throw 'Nobody signed in within ten minutes.'
    } finally {
        $listener.Close()
    }
}

# One call to Microsoft Graph. New objects take a while to be known everywhere: with -Replicating, 404 and 400 are tried
# again for two minutes.
function Invoke-Graph([string] $Method, [string] $Path, $Body, [switch] $Replicating) {
    $call = @{ Method = $Method; Uri = "$($hosts.Graph)/v1.0/$Path"; Headers = @{ Authorization = "Bearer $script:token" } }
    if ($null -ne $Body) {
        $call.Body = [Text.Encoding]::UTF8.GetBytes(($Body | ConvertTo-Json -Depth 8))
        $call.ContentType = 'application/json'
    }
    $end = (Get-Date).AddMinutes(2)
    while ($true) {
        try {
            return Invoke-RestMethod @call
        } catch {
            $status = Get-StatusCode $_
            $again = ($status -in 429, 503, 504) -or ($Replicating -and $status -in 400, 404)
            if ($again -and (Get-Date) -lt $end) { Start-Sleep -Seconds 5; continue }
            $answer = Get-Property (Read-ErrorBody $_) 'error'
            if ($null -eq $answer) { throw }
            throw "Microsoft Graph refused $Method $Path ($status $($answer.code)): $($answer.message)"
        }
    }
}

function Find-One([string] $Path) {
    $found = @((Invoke-Graph 'GET' $Path).value)
    if ($found.Count -gt 1) { throw "More than one object fits ($Path). Rename or remove the ones that are not meant." }
    if ($found.Count -eq 1) { $found[0] }
}

function ConvertTo-Filter([string] $Text) { [Uri]::EscapeDataString($Text.Replace("'", "''")) }

$script:token = if ($UseDeviceCode) { Connect-ByDeviceCode } else { Connect-ByBrowser }
try {
    $application = Find-One "applications?`$filter=displayName%20eq%20'$(ConvertTo-Filter $Name)'"

    if ($Remove) {
        if (-not $application) { Write-Host "There is no application called `"$Name`"."; return }
        if ($PSCmdlet.ShouldProcess("application $Name ($($application.appId))", 'Remove')) {
            Invoke-Graph 'DELETE' "applications/$($application.id)" | Out-Null
            Write-Host "Removed the application `"$Name`". It stays among the deleted applications for 30 days."
        }
        return
    }

    $access = @{ resourceAppId = $graphAppId; resourceAccess = @($wanted | ForEach-Object { @{ id = $roles[$_]; type = 'Role' } }) }
    if (-not $application) {
        if (-not $PSCmdlet.ShouldProcess("application $Name with $($wanted -join ', ')", 'Create, grant consent, make a secret')) { return }
        $application = Invoke-Graph 'POST' 'applications' @{
            displayName = $Name; signInAudience = 'AzureADMyOrg'
            web = @{ redirectUris = @($redirectUri) }; requiredResourceAccess = @($access)
        }
        Write-Host "Created the application `"$Name`"."
    } else {
        $has = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -eq $graphAppId } | ForEach-Object { $_.resourceAccess } | ForEach-Object { $_.id })
        $missing = @($access.resourceAccess | Where-Object { $has -notcontains $_.id })
        $uris = @($application.web.redirectUris)
        if (($missing.Count -or $uris -notcontains $redirectUri) -and $PSCmdlet.ShouldProcess("application $Name", 'Add missing permissions and the redirect URI')) {
            $others = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -ne $graphAppId })
            $mine = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -eq $graphAppId } | ForEach-Object { $_.resourceAccess })
            Invoke-Graph 'PATCH' "applications/$($application.id)" @{
                requiredResourceAccess = @($others) + @{ resourceAppId = $graphAppId; resourceAccess = @($mine) + $missing }
                web                    = @{ redirectUris = @(@($uris) + $redirectUri | Sort-Object -Unique) }
            } | Out-Null
            Write-Host "Added what was missing to the application `"$Name`"."
        }
    }

    $principal = Find-One "servicePrincipals?`$filter=appId%20eq%20'$($application.appId)'"
    if (-not $principal -and $PSCmdlet.ShouldProcess("service principal of $Name", 'Create')) {
        $principal = Invoke-Graph 'POST' 'servicePrincipals' @{ appId = $application.appId } -Replicating
    }
    if ($principal) {
        $graph = Find-One "servicePrincipals?`$filter=appId%20eq%20'$graphAppId'&`$select=id"
        $granted = @((Invoke-Graph 'GET' "servicePrincipals/$($principal.id)/appRoleAssignments" -Replicating).value | ForEach-Object { $_.appRoleId })
        foreach ($permission in $wanted) {
            if ($granted -contains $roles[$permission]) { continue }
            if ($PSCmdlet.ShouldProcess($permission, 'Grant admin consent')) {
                Invoke-Graph 'POST' "servicePrincipals/$($graph.id)/appRoleAssignedTo" @{
                    principalId = $principal.id; resourceId = $graph.id; appRoleId = $roles[$permission]
                } -Replicating | Out-Null
                Write-Host "Granted $permission."
            }
        }
    }

    $secret = $null
    $usable = @($application.passwordCredentials | Where-Object { [datetime] $_.endDateTime -gt (Get-Date) })
    if (($NewSecret -or -not $usable.Count) -and $PSCmdlet.ShouldProcess("client secret for $SecretDays days", 'Create')) {
        $ends = (Get-Date).ToUniversalTime().AddDays($SecretDays).ToString('yyyy-MM-ddTHH:mm:ssZ')
        $secret = (Invoke-Graph 'POST' "applications/$($application.id)/addPassword" @{
            passwordCredential = @{ displayName = 'Office 365 connector'; endDateTime = $ends }
        } -Replicating).secretText
    }

    if ($RestrictedUser) {
        $domain = @((Invoke-Graph 'GET' 'organization?$select=verifiedDomains').value[0].verifiedDomains | Where-Object { $_.isDefault })[0].name
        $login = "$RestrictedUser@$domain"
        $user = Find-One "users?`$filter=userPrincipalName%20eq%20'$(ConvertTo-Filter $login)'&`$select=id"
        if (-not $user -and $PSCmdlet.ShouldProcess("user $login", 'Create')) {
            $password = "Aa1!$(New-RandomText 18)"
            $user = Invoke-Graph 'POST' 'users' @{
                accountEnabled = $true; displayName = $Name; mailNickname = $RestrictedUser; userPrincipalName = $login
                passwordProfile = @{ password = $password; forceChangePasswordNextSignIn = $true }
            }
            Write-Host "Created the user $login. First password, to be changed at the first sign-in: $password"
        }
        $chosen = @('Reports Reader')
        if ($ClassicRoles) {
            Write-Warning 'Billing Administrator can buy and cancel subscriptions. With these two roles usage reports stay closed: they need Reports Reader.'
            $chosen = @('Billing Administrator', 'Security Reader')
        }
        if ($user) {
            $held = @((Invoke-Graph 'GET' "roleManagement/directory/roleAssignments?`$filter=principalId%20eq%20'$($user.id)'").value | ForEach-Object { $_.roleDefinitionId })
            foreach ($role in $chosen) {
                if ($held -contains $directoryRoles[$role]) { continue }
                if ($PSCmdlet.ShouldProcess("$role to $login", 'Assign')) {
                    Invoke-Graph 'POST' 'roleManagement/directory/roleAssignments' @{
                        '@odata.type' = '#microsoft.graph.unifiedRoleAssignment'
                        roleDefinitionId = $directoryRoles[$role]; principalId = $user.id; directoryScopeId = '/'
                    } -Replicating | Out-Null
                    Write-Host "Gave $login the role $role."
                }
            }
        }
    }

    Write-Host ''
    Write-Host 'Values for host-harness configure:'
    Write-Host "  tenant          $Tenant"
    Write-Host "  application-id  $($application.appId)"
    if ($secret) {
        Write-Host "  client-secret   $secret"
        Write-Host "The secret is shown this once, and ends in $SecretDays days."
    } else {
        Write-Host '  client-secret   (the one made before; run again with -NewSecret for another)'
    }
} finally {
    $script:token = $null
}
