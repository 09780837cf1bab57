#Requires -Version 5.1

<#
.SYNOPSIS
Creates in Microsoft Entra ID what the Office 365 connector needs, or takes it away again.

.DESCRIPTION
Signs an administrator in in the browser, then creates, with plain REST calls to Microsoft Graph and without any module:
the application (this tenant only, redirect URI http://localhost/connect), its service principal, admin consent for the
permissions of the features that were chosen, and a client secret or a certificate. On request it creates a restricted
user. It does what `host-harness set-up` does, and both find what the other has made.

It can be run again: it finds the application by -ApplicationId, or by its name and a tag, and changes only what differs.
What another way of signing in needed is taken back, and with -Feature what the features do not need. An application without
the tag is only ever added to, and -Remove takes away only the client secret or certificate that was made by this script or
by set-up. Where they made several, other connections may use them: all are listed and stay, but for the one that -Old names.

Needs Windows PowerShell 5.1, with .NET Framework 4.7.2 or later for a certificate, or PowerShell 7; and one of these roles:
Global Administrator, or Privileged Role Administrator together with Cloud Application Administrator, and with User
Administrator where a user is made. For -Rotate, Cloud Application Administrator is enough.

Where the execution policy does not let scripts run, this runs it once and changes no policy:
powershell -ExecutionPolicy Bypass -Command ./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com
A transcript of the session holds the secret or password that is shown: where a policy keeps transcripts, use set-up instead.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com
Creates everything for all features, and prints the three values to give to `host-harness configure`.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Feature Spend,Use -WhatIf
Signs in with permission to read alone, looks what is there, and says what would be changed.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -ApplicationId 00001111-aaaa-2222-bbbb-3333cccc4444
Upgrades an application that was set up before, by another guide: adds and grants what is missing.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Rotate
Makes the next client secret, proves that it works, and removes the last one that this script or set-up made.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Rotate -Old abC
The same where they made several: the one that begins with abC is removed.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -SignIn Browser -RestrictedUser binadox-reader
Grants the permissions on behalf of persons, and creates a user with the directory role Reports Reader to sign in with.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -SignIn Browser -GiveRoleTo ada@contoso.com
The same for a person who is there already: Ada is given the directory role Reports Reader, which the connector needs.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -NoBrowser
Shows the page on which to sign in, for a browser on another machine, and asks for the address at which it ended.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Remove
Removes the application, with its service principal, its consent and its secrets, and the restricted user. Where it has
several secrets or certificates, it stays until it is named with -Name.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    # Tenant id, or a verified domain of the tenant.
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9.-]+$')]
    [string] $Tenant,

    # What is collected: all at first; when the script is run again, what the application has, unless this is given.
    # Spend: subscriptions, users and licences. Use: usage reports. Activity: sign-in dates of users (Entra ID P1 or P2).
    # Applications: applications and who signs in to them (Entra ID P1 or P2).
    [ValidateNotNullOrEmpty()]
    [ValidateSet('Spend', 'Use', 'Activity', 'Applications')]
    [string[]] $Feature = @('Spend', 'Use', 'Activity', 'Applications'),

    # How the application is called in the tenant.
    [ValidateNotNullOrEmpty()]
    [string] $Name = 'Binadox Office 365 connector',

    # Client id of an application that exists, whatever its name.
    [guid] $ApplicationId = [guid]::Empty,

    # How the connector signs in: as the application itself, also with the token of another identity provider; or on
    # behalf of a person: in the browser, by a code on another device, or with user name and password (not advised).
    [ValidateSet('Application', 'Federated', 'Browser', 'DeviceCode', 'Password')]
    [string] $SignIn = 'Application',

    # Makes a certificate instead of a client secret, and writes it with its private key to this PFX file. With a sign-in
    # in the browser, the application proves itself by it.
    [string] $CertificateFile,

    # On behalf of a person: the application proves itself by a client secret, which a public client does not.
    [switch] $ClientSecret,

    # Days until the client secret or certificate ends.
    [ValidateRange(1, 730)]
    [int] $CredentialDays = 180,

    # Makes the next client secret or certificate, proves that it works, and then removes the last.
    [switch] $Rotate,

    # The client secret or certificate that goes with -Rotate or -Remove, where this script or set-up made several: the three
    # characters with which the secret begins, or its id on the page "Certificates & secrets".
    [ValidatePattern('^(.{3}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$')]
    [string] $Old,

    # Name of a user to create with the role Reports Reader: the part before the @, or the whole principal name.
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9.-]+)?$')]
    [string] $RestrictedUser,

    # Gives the restricted user Billing Administrator and Security Reader instead, as the classic guide did. With -Remove, takes
    # them back first: Microsoft Graph lets nobody who has them be removed otherwise.
    [switch] $ClassicRoles,

    # Principal name of a person who signs in to the connector and lacks a role for it: the account is given Reports Reader.
    # With -Remove, the role is taken back from it.
    [ValidatePattern('^[^@\s]+@[A-Za-z0-9.-]+$')]
    [string] $GiveRoleTo,

    # Shows the names in usage reports, where the tenant conceals them: to everybody who may read usage reports, in every
    # program. Needs a Global Administrator. With -Remove, they are concealed again.
    [switch] $ShowNames,

    # National cloud of the tenant.
    [ValidateSet('Global', 'UsGovL4', 'UsGovL5', 'China')]
    [string] $Cloud = 'Global',

    # The administrator signs in with a code on another device instead of the browser of this machine.
    [switch] $UseDeviceCode,

    # The administrator's browser is on another machine: the address at which it ends is entered here.
    [switch] $NoBrowser,

    # Client with which the administrator signs in: Microsoft Graph Command Line Tools.
    [guid] $ClientId = '14d82eec-204b-4c2f-b7e8-296a70dab67e',

    # Removes what this script made.
    [switch] $Remove
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { throw 'A policy of this machine (App Control or AppLocker) lets this script use a part of PowerShell only. Run it on another machine, let the policy trust it, or follow docs/set-up/portal.md.' }
# Windows PowerShell 5.1 starts with older protocols on older systems.
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$hosts = @{
    Global  = @{ Authority = 'https://login.microsoftonline.com'; Graph = 'https://graph.microsoft.com' }
    UsGovL4 = @{ Authority = 'https://login.microsoftonline.us'; Graph = 'https://graph.microsoft.us'; Setting = 'us-gov-l4' }
    UsGovL5 = @{ Authority = 'https://login.microsoftonline.us'; Graph = 'https://dod-graph.microsoft.us'; Setting = 'us-gov-l5' }
    China   = @{ Authority = 'https://login.partner.microsoftonline.cn'; Graph = 'https://microsoftgraph.chinacloudapi.cn'; Setting = 'china' }
}[$Cloud]

$graphAppId = '00000003-0000-0000-c000-000000000000'
$redirectUri = 'http://localhost/connect'

# Marks the applications that this script or `host-harness set-up` has made.
$tag = 'binadox-office365-connector'
# How the secrets and certificates are called that either makes.
$called = 'Office 365 connector'

# Ids of permissions, for the application itself (Role) and on behalf of persons (Scope): permissions.json of
# microsoft-graph-devx-content, 2026-08-07.
$permissions = @{
    'Organization.Read.All'      = @{ Role = '498476ce-e0fe-48b0-b801-37ba7e2685c6'; Scope = '4908d5b9-3fb2-4b1e-9336-1888b7937185' }
    'LicenseAssignment.Read.All' = @{ Role = 'e2f98668-2877-4f38-a2f4-8202e0717aa1'; Scope = 'f395577a-0960-456b-979f-7228de0c5996' }
    'User.Read.All'              = @{ Role = 'df021288-bdef-4463-88db-98f22de89214'; Scope = 'a154be20-db9c-4678-8ab7-66f6cc099a59' }
    'GroupMember.Read.All'       = @{ Role = '98830695-27a2-44f7-8c18-0c3ebc9698f6'; Scope = 'bc024368-1153-4739-b217-4326f2e966d0' }
    'Reports.Read.All'           = @{ Role = '230c1aed-a721-4c5d-9cb4-a90514e508ef'; Scope = '02e97553-ed7b-43d0-ab3c-f8bace0d040c' }
    'ReportSettings.Read.All'    = @{ Role = 'ee353f83-55ef-4b78-82da-555bfa2b4b95'; Scope = '84fac5f4-33a9-4100-aa38-a20c6d29e5e7' }
    'AuditLog.Read.All'          = @{ Role = 'b0afded3-3588-46d8-8b3d-9842eff778da'; Scope = 'e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20' }
    'Directory.Read.All'         = @{ Role = '7ab1d382-f21e-4acd-a863-ba3e13f7da61'; Scope = '06da0dbc-49e2-44d2-8312-53f166ab848a' }
    'Application.Read.All'       = @{ Role = '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30'; Scope = 'c79f8feb-a9db-4090-85f9-90d820caa0eb' }
}
$permissionsOfFeature = @{
    Spend        = @('Organization.Read.All', 'User.Read.All', 'GroupMember.Read.All')
    Use          = @('Reports.Read.All', 'ReportSettings.Read.All')
    Activity     = @('AuditLog.Read.All', 'User.Read.All')
    Applications = @('AuditLog.Read.All', 'Directory.Read.All')
}
# Directory.Read.All opens these as well.
$inDirectory = 'Organization.Read.All', 'LicenseAssignment.Read.All', 'User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'
$delegated = $SignIn -in 'Browser', 'DeviceCode', 'Password'
$kind = if ($delegated) { 'Scope' } else { 'Role' }
$wantsSecret = ($SignIn -eq 'Application' -and -not $CertificateFile) -or $ClientSecret
# A public client proves itself by nothing; without a redirect it has to be allowed to.
$public = $delegated -and -not $CertificateFile -and -not $ClientSecret
$fallback = $public -and $SignIn -ne 'Browser'
if ($Rotate -and $Remove) { throw 'Give -Rotate or -Remove, not both.' }
# What the run would pass over.
$idle = @('Old')
if ($Rotate) { $idle = 'Feature', 'RestrictedUser', 'ClassicRoles', 'GiveRoleTo', 'ShowNames' }
if ($Remove) { $idle = 'Feature', 'SignIn', 'CertificateFile', 'ClientSecret', 'CredentialDays', 'RestrictedUser' }
$idle = @(foreach ($each in $idle) { if ($PSBoundParameters.ContainsKey($each)) { "-$each" } })
if ($idle.Count) { throw "Leave out $($idle -join ', '). -Rotate renews the secret or certificate alone, -Remove finds by itself what was made, and -Old goes with either." }
if ($Name.Length -gt 100 -or $Name -match '\p{Cc}') { throw 'This is no name for an application. Give one in a line of at most 100 characters.' }
if ($PSBoundParameters.ContainsKey('Name') -and $PSBoundParameters.ContainsKey('ApplicationId')) { throw 'Give -Name or -ApplicationId, not both: an application that is there keeps its name.' }
if ($CertificateFile -and $SignIn -notin 'Application', 'Browser') { throw 'This way of signing in takes no certificate. Leave out -CertificateFile.' }
if ($ClientSecret -and ($CertificateFile -or -not $delegated)) { throw '-ClientSecret is for a sign-in on behalf of a person, without -CertificateFile.' }
if (($Rotate -or $PSBoundParameters.ContainsKey('CredentialDays')) -and -not ($wantsSecret -or $CertificateFile)) { throw 'This way of signing in has neither a secret nor a certificate. Leave out -Rotate and -CredentialDays.' }
if ($ClassicRoles -and -not ($RestrictedUser -or $Remove)) { throw 'Name the user who gets the classic roles with -RestrictedUser.' }
if ($ShowNames -and $Cloud -ne 'Global') { throw 'Microsoft Graph has the setting of -ShowNames in the global cloud alone. Leave it out, and change it by hand.' }
if ($UseDeviceCode -and $NoBrowser) { throw 'Give -UseDeviceCode or -NoBrowser, not both.' }
if ($CertificateFile) {
    $certificatePath = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($CertificateFile)
    if (-not [IO.Directory]::Exists([IO.Path]::GetDirectoryName($certificatePath))) { throw "The folder of $CertificateFile is not there. Make it, or name another file." }
    if (-not ('System.Security.Cryptography.X509Certificates.CertificateRequest' -as [type])) { throw 'To make a certificate takes .NET Framework 4.7.2 or later. Install it, or run this in PowerShell 7.' }
}

# Template ids of directory roles, from GDAPRoles.json of KelvinTegelaar/CIPP.
$directoryRoles = @{
    'Reports Reader'        = '4a5d8f65-41da-4de4-8968-e035b65339cf'
    'Billing Administrator' = 'b0f54661-2d74-4c50-afa3-1ec803f12efe'
    'Security Reader'       = '5d6b6bb7-de71-4623-b4af-96380a352509'
}

# Only what the run needs: -WhatIf reads, and only who makes or removes a user may write users.
$adminScopes = @(if ($WhatIfPreference) {
        'Application.Read.All', 'Directory.Read.All'
    } elseif ($Rotate) {
        'Application.ReadWrite.All'
    } elseif ($Remove) {
        'Application.ReadWrite.All', 'User.ReadWrite.All'
    } else {
        'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All'
    })
$makesUser = $RestrictedUser -and -not $WhatIfPreference
if ($makesUser) {
    $adminScopes += 'User.ReadWrite.All', 'Organization.Read.All'
} elseif ($GiveRoleTo -and -not ($WhatIfPreference -or $Remove)) {
    $adminScopes += 'User.Read.All'
}
if ($makesUser -or (($GiveRoleTo -or $ClassicRoles) -and -not $WhatIfPreference)) {
    $adminScopes += 'RoleManagement.ReadWrite.Directory'
}
if ($ShowNames -and $WhatIfPreference) {
    $adminScopes += 'ReportSettings.Read.All'
} elseif ($ShowNames) {
    $adminScopes += 'ReportSettings.ReadWrite.All'
}
$scope = (@($adminScopes | ForEach-Object { "$($hosts.Graph)/$_" }) + 'openid') -join ' '

# The permissions of features, each once.
function Select-Permission([string[]] $Of) {
    $all = @($Of | ForEach-Object { $permissionsOfFeature[$_] } | Sort-Object -Unique)
    if ($all -contains 'Directory.Read.All') { $all = @($all | Where-Object { $inDirectory -notcontains $_ }) }
    $all
}

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
    if ($null -eq $Object) { return }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -ne $property) { $property.Value }
}

# The JSON body of a failed request, in Windows PowerShell and in PowerShell 7; $null when there is none.
function Read-ErrorBody($ErrorRecord) {
    $text = $null
    if ($ErrorRecord.ErrorDetails -and $ErrorRecord.ErrorDetails.Message) {
        $text = $ErrorRecord.ErrorDetails.Message
    } else {
        # Windows PowerShell leaves out a body whose length was not told beforehand.
        $response = Get-Property $ErrorRecord.Exception 'Response'
        if ($response -is [Net.HttpWebResponse]) {
            try {
                $stream = $response.GetResponseStream()
                if ($stream.CanSeek) { $stream.Position = 0 }
                $text = (New-Object IO.StreamReader($stream, [Text.Encoding]::UTF8)).ReadToEnd()
            } catch { Write-Verbose 'The answer has no body that can be read.' }
        }
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
        Invoke-RestMethod -Method Post -Uri $uri -Body $Form -ContentType 'application/x-www-form-urlencoded' -TimeoutSec 100
    } catch {
        $body = Read-ErrorBody $_
        if ($null -eq $body) { throw }
        $body
    }
}

# What a refused sign-in means, which is that of the administrator's client; then the service's own words with its ids.
function Get-Refusal([string] $Failure, [string] $Description) {
    $number = if ($Description -match 'AADSTS(\d+)') { $Matches[1] } else { '' }
    $otherwise = 'with -ClientId. Or use docs/set-up/portal.md, which needs no such client.'
    $means = switch ($number) {
        # A page that was cancelled comes back without a number.
        { $_ -eq '65004' -or ($_ -eq '' -and $Failure -eq 'access_denied') } { 'The consent for the client of this script was declined, and nothing was changed. Run it again and accept; with -WhatIf it asks for permission to read alone.' }
        { $_ -in '65001', '90094', '90095' } { 'This account may not consent to what this script needs. Sign in as a Global Administrator or a Privileged Role Administrator.' }
        { $_ -in '700016', '7000112', '50105', '650052' } { "The tenant does not let this account use the client of this script: it is missing, disabled, or has to be assigned to the account. Enable `"Microsoft Graph Command Line Tools`" under Enterprise applications, or name a public client of your own with the redirect URI http://localhost $otherwise" }
        { $_ -in '50011', '7000218' } { "The client that was named for the administrator is no public client with the redirect URI http://localhost. Add it under Authentication, Mobile and desktop applications, or name another $otherwise" }
        { $_ -in '53000', '53001', '53002', '53003', '530032', '530035' } { 'A policy of the tenant blocks this sign-in; device codes are blocked often. Sign in in the browser of a machine that meets the policy: with -NoBrowser it may be another one.' }
        '50199' { 'Microsoft asked whether this client is meant, and nobody said so. Run the script again, and confirm it.' }
        { $_ -in '70011', '500011', '90038' } { 'The tenant is not in this cloud. Name the cloud of the tenant with -Cloud.' }
        default { 'Microsoft Entra ID refused the sign-in.' }
    }
    "$means ($Failure) $(($Description -split "`r?`n" | Where-Object { $_ }) -join '; ')"
}

function Assert-Token($Answer) {
    $failure = Get-Property $Answer 'error'
    if ($failure) { throw (Get-Refusal $failure ([string](Get-Property $Answer 'error_description'))) }
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
        try {
            $answer = Invoke-TokenEndpoint 'token' @{
                grant_type  = 'urn:ietf:params:oauth:grant-type:device_code'
                client_id   = $ClientId
                device_code = $device.device_code
            }
        } catch {
            # A poll that fails in passing is made again.
            $status = Get-StatusCode $_
            if ($status -ne 0 -and $status -lt 429) { throw }
            continue
        }
        # A switch over nothing runs no branch, so nothing becomes an empty text.
        switch ([string](Get-Property $answer 'error')) {
            'authorization_pending' { continue }
            'temporarily_unavailable' { continue }
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

# Opens a page, and waits on loopback until the browser comes back with this state. Gives the parameters.
function Wait-Redirect([string] $Url, [string] $Redirect, [string] $State) {
    $listener = New-Object Net.HttpListener
    $listener.Prefixes.Add("$Redirect/")
    $listener.Start()
    try {
        Write-Host 'Sign in with an administrator of the tenant on the page that opens. If none opens, go to:'
        Write-Host $Url
        # With -WhatIf, PowerShell 7 would not open the browser either, and with -Confirm it would ask.
        $WhatIfPreference = $false
        $ConfirmPreference = 'None'
        try { Start-Process $Url | Out-Null } catch { Write-Verbose 'No browser could be started.' }
        $end = (Get-Date).AddMinutes(10)
        while ((Get-Date) -lt $end) {
            $pending = $listener.GetContextAsync()
            while (-not $pending.Wait(500)) { if ((Get-Date) -ge $end) { throw 'Nobody signed in within ten minutes.' } }
            $context = $pending.Result
            $answer = $context.Request.QueryString
            # Whatever else calls at this port, such as a request for an icon, is not the answer.
            $mine = $answer['state'] -ceq $State
            $page = if ($mine) { 'You can close this window.' } else { 'Not found.' }
            $bytes = [Text.Encoding]::UTF8.GetBytes("<!doctype html><title>Sign-in</title><p>$page</p>")
            try {
                $context.Response.StatusCode = if ($mine) { 200 } else { 404 }
                $context.Response.ContentType = 'text/html; charset=utf-8'
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            } catch { Write-Verbose 'The browser did not wait for the page.' }
            if ($mine) { return @{ code = $answer['code']; error = $answer['error']; error_description = $answer['error_description'] } }
        }
        throw 'Nobody signed in within ten minutes.'
    } finally {
        $listener.Close()
    }
}

# Read-Host of PowerShell 7 takes 1022 characters on Windows, and an address with a code may have more.
function Read-Line([string] $Prompt) {
    if ($Host.Name -ne 'ConsoleHost' -or [Environment]::OSVersion.Platform -ne 'Win32NT') { return Read-Host -Prompt $Prompt }
    Write-Host "${Prompt}: " -NoNewline
    (New-Object IO.StreamReader([Console]::OpenStandardInput(16384), [Console]::InputEncoding, $false, 16384)).ReadLine()
}

# Shows a page for a browser on another machine, and asks for the address at which it ended. Gives its parameters.
function Read-Redirect([string] $Url, [string] $State) {
    Write-Host 'Sign in with an administrator of the tenant, in a browser of any machine, at:'
    Write-Host $Url
    Write-Host 'It ends at a page that cannot be shown. Copy its address, which begins with http://localhost.'
    $answer = @{ code = $null; error = $null; error_description = $null; state = $null }
    $query = (([string](Read-Line 'Address')).Trim() -replace '^[^?]*\??', '') -replace '#.*$', ''
    foreach ($pair in $query -split '&') {
        $name, $value = $pair -split '=', 2
        $answer[[Uri]::UnescapeDataString($name)] = [Uri]::UnescapeDataString("$value".Replace('+', ' '))
    }
    if ($answer.state -cne $State) { throw 'This is not the address at which this sign-in ended. Run the script again.' }
    $answer
}

function Connect-ByBrowser {
    $verifier = New-RandomText 32
    $sha = [Security.Cryptography.SHA256]::Create()
    try { $challenge = ConvertTo-Base64Url ($sha.ComputeHash([Text.Encoding]::ASCII.GetBytes($verifier))) } finally { $sha.Dispose() }
    $state = New-RandomText 16
    # The client is registered for http://localhost: any port is taken, and no path.
    $redirect = "http://localhost:$(Get-FreePort)"
    $query = [ordered]@{
        client_id = "$ClientId"; response_type = 'code'; redirect_uri = $redirect; scope = $scope; state = $state
        code_challenge = $challenge; code_challenge_method = 'S256'; prompt = 'select_account'
    }
    $pairs = $query.GetEnumerator() | ForEach-Object { "$($_.Key)=$([Uri]::EscapeDataString($_.Value))" }
    $url = "$($hosts.Authority)/$Tenant/oauth2/v2.0/authorize?$($pairs -join '&')"
    $answer = if ($NoBrowser) { Read-Redirect $url $state } else { Wait-Redirect $url $redirect $state }
    if ($answer.error) { throw (Get-Refusal $answer.error $answer.error_description) }
    Assert-Token (Invoke-TokenEndpoint 'token' @{
        grant_type = 'authorization_code'; client_id = $ClientId; code = $answer.code
        redirect_uri = $redirect; code_verifier = $verifier; scope = $scope
    })
}

# Seconds that a refusal asks to wait, in Windows PowerShell and in PowerShell 7; 5 when it does not say.
function Get-Wait($ErrorRecord) {
    $response = Get-Property $ErrorRecord.Exception 'Response'
    if ($null -eq $response) { return 5 }
    # Taken as they are: given back by a function, they would fall apart into a list.
    $headers = $response.Headers
    $seconds = if ($headers -is [Net.WebHeaderCollection]) {
        $headers['Retry-After']
    } else {
        $delta = Get-Property $headers.RetryAfter 'Delta'
        if ($delta) { [int] $delta.TotalSeconds }
    }
    if ("$seconds" -match '^\d{1,3}$' -and [int] "$seconds" -gt 0) { [int] "$seconds" } else { 5 }
}

# One call to Microsoft Graph. New objects take a while to be known everywhere: with -Replicating, 404 and 400 are tried
# again for two minutes.
function Invoke-Graph([string] $Method, [string] $Path, $Body, [switch] $Replicating) {
    $call = @{ Method = $Method; Uri = "$($hosts.Graph)/v1.0/$Path"; Headers = @{ Authorization = "Bearer $script:token" }; TimeoutSec = 100 }
    if ($null -ne $Body) {
        $call.Body = [Text.Encoding]::UTF8.GetBytes(($Body | ConvertTo-Json -Depth 8))
        $call.ContentType = 'application/json'
    }
    $end = (Get-Date).AddMinutes(2)
    while ($true) {
        try {
            $result = Invoke-RestMethod @call
            if ($Method -ne 'GET') { $script:changed = $true }
            return $result
        } catch {
            $status = Get-StatusCode $_
            $answer = Get-Property (Read-ErrorBody $_) 'error'
            $said = "$(Get-Property $answer 'code'): $(Get-Property $answer 'message')".TrimEnd('.') + '.'
            # It is so already, such as after a try whose answer was lost.
            if ($status -in 400, 409 -and $said -match 'already exists on the object|entry already exists|A conflicting object|is already in use') { return }
            # After 504 an object may have been made all the same. Tenants may forbid secrets, or long ones: waiting does not help.
            $again = ($status -in 429, 503) -or ($status -eq 504 -and $Method -ne 'POST') -or
                ($Replicating -and ($status -eq 404 -or ($status -eq 400 -and $said -notmatch 'policy|password')))
            if ($again -and (Get-Date) -lt $end) { Start-Sleep -Seconds (Get-Wait $_); continue }
            # Not the error itself, which has the request with the token.
            if ($null -eq $answer) { throw "Microsoft Graph did not answer $Method $Path ($status): $_" }
            if ($status -eq 401) { $said += ' Where a policy wants to see more at the sign-in, use host-harness set-up, which signs in again with it.' }
            if ($status -eq 403) {
                $said += ' Sign in as a Global Administrator, or as somebody who is Cloud Application Administrator, Privileged Role Administrator and, for a user, User Administrator; such a role may have to be activated first.'
                if ("$Method $Path" -like 'DELETE users/*') { $said += ' A user with the classic roles is removed with -ClassicRoles.' }
            }
            throw "Microsoft Graph refused $Method $Path ($status): $said"
        }
    }
}

# The elements of all pages: one may be short, or even empty, and still have a next.
function Find-All([string] $Path, [switch] $Replicating) {
    for ($pages = 0; $Path -and $pages -lt 20; $pages++) {
        $page = Invoke-Graph 'GET' $Path -Replicating:$Replicating
        $page.value
        $next = [string](Get-Property $page '@odata.nextLink')
        $Path = if ($next) { $next.Substring("$($hosts.Graph)/v1.0/".Length) } else { '' }
    }
}

function ConvertTo-Filter([string] $Text) { [Uri]::EscapeDataString($Text.Replace("'", "''")) }

# The application by its id, or by its name and the tag.
function Find-Application {
    if ($ApplicationId -ne [guid]::Empty) {
        $found = @(Find-All "applications?`$filter=appId%20eq%20'$ApplicationId'")
        if (-not $found.Count) { throw "There is no application with the client id $ApplicationId in this tenant." }
        return $found[0]
    }
    $named = @(Find-All "applications?`$filter=displayName%20eq%20'$(ConvertTo-Filter $Name)'")
    $ours = @($named | Where-Object { $_.tags -contains $tag })
    if ($ours.Count -gt 1 -or ($named.Count -and -not $ours.Count)) {
        throw "Another application is called `"$Name`" already. To use it, give its client id with -ApplicationId; to make one beside it, another name with -Name."
    }
    if ($ours.Count) { $ours[0] }
}

# The permissions that an application lists, in either way.
function Find-Permission($Application) {
    $ids = @($Application.requiredResourceAccess | Where-Object { $_.resourceAppId -eq $graphAppId } | ForEach-Object { $_.resourceAccess } | ForEach-Object { $_.id })
    $permissions.Keys | Where-Object { $ids -contains $permissions[$_].Role -or $ids -contains $permissions[$_].Scope }
}

# The features of which every permission is listed.
function Find-Feature([string[]] $Listed) {
    if ($Listed -contains 'Directory.Read.All') { $Listed += $inDirectory }
    foreach ($each in 'Spend', 'Use', 'Activity', 'Applications') {
        if (-not @($permissionsOfFeature[$each] | Where-Object { $Listed -notcontains $_ }).Count) { $each }
    }
}

# A user who was made for the application: both names say so, since one alone may be anybody's.
function Test-RestrictedUser($User) { $User.jobTitle -eq $Name -and $User.displayName -eq "$Name (restricted user)" }

function Find-RestrictedUser {
    $found = @(Find-All "users?`$filter=displayName%20eq%20'$(ConvertTo-Filter "$Name (restricted user)")'&`$select=id,userPrincipalName,displayName,jobTitle")
    $found | Where-Object { Test-RestrictedUser $_ }
}

# The user with this principal name, or nothing.
function Find-User([string] $Login) {
    @(Find-All "users?`$filter=userPrincipalName%20eq%20'$(ConvertTo-Filter $Login)'&`$select=id,displayName,jobTitle") | Select-Object -First 1
}

# The directory roles that a user holds for the whole tenant.
function Find-Role([string] $UserId) {
    Find-All "roleManagement/directory/roleAssignments?`$filter=principalId%20eq%20'$UserId'" -Replicating | Where-Object { $_.directoryScopeId -eq '/' }
}

# Gives a user the directory roles that it lacks.
function Add-Role([string] $UserId, [string] $Login, [string[]] $Role) {
    $held = @(Find-Role $UserId | ForEach-Object { $_.roleDefinitionId })
    foreach ($each in $Role) {
        if ($held -contains $directoryRoles[$each]) { continue }
        if ($PSCmdlet.ShouldProcess("$each to $Login", 'Assign')) {
            Invoke-Graph 'POST' 'roleManagement/directory/roleAssignments' @{
                '@odata.type' = '#microsoft.graph.unifiedRoleAssignment'
                roleDefinitionId = $directoryRoles[$each]; principalId = $UserId; directoryScopeId = '/'
            } -Replicating | Out-Null
            Write-Host "Gave $Login the role $each."
        }
    }
}

# Takes directory roles back from a user.
function Remove-Role([string] $UserId, [string] $Login, [string[]] $Role) {
    foreach ($name in $Role) {
        foreach ($each in @(Find-Role $UserId | Where-Object { $_.roleDefinitionId -eq $directoryRoles[$name] })) {
            if (-not $PSCmdlet.ShouldProcess("$name from $Login", 'Take back')) { continue }
            Invoke-Graph 'DELETE' "roleManagement/directory/roleAssignments/$($each.id)" | Out-Null
            Write-Host "Took the role $name back from $Login."
        }
    }
}

# Shows or conceals the names in usage reports. The documentation has the setting below "value", and the service does not.
function Set-ReportName([bool] $Concealed) {
    $settings = Invoke-Graph 'GET' 'admin/reportSettings'
    $inside = Get-Property $settings 'value'
    $now = if ($inside) { Get-Property $inside 'displayConcealedNames' } else { Get-Property $settings 'displayConcealedNames' }
    if ([bool] $now -eq $Concealed) { return }
    $act = if ($Concealed) { 'Conceal again' } else { 'Show' }
    if ($PSCmdlet.ShouldProcess('names in usage reports', $act)) {
        Invoke-Graph 'PATCH' 'admin/reportSettings' @{ displayConcealedNames = $Concealed } | Out-Null
        Write-Host "Names in usage reports: $(if ($Concealed) { 'concealed' } else { 'shown' })."
    }
}

# Secrets or certificates that have not ended. Times come as text in Windows PowerShell, and as DateTime in
# PowerShell 7.
function Select-Usable($Credentials) {
    $Credentials | Where-Object { $null -eq $_.endDateTime -or ([datetime] $_.endDateTime).ToUniversalTime() -gt [datetime]::UtcNow }
}

# A client secret or certificate in words.
function Get-Label($Credential) {
    $what = if (Get-Property $Credential 'type') { 'certificate' } else { "client secret $($Credential.hint)..." }
    $ends = $Credential.endDateTime
    if ($ends) { $what += ' that ends on ' + ([datetime] $ends).ToUniversalTime().ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture) }
    "$what (id $($Credential.keyId))"
}

# Of secrets or certificates, the one that goes: the one that -Old names, or the only one that this script or set-up made. Of
# several, nobody here knows which the connection uses.
function Select-Old($Held) {
    $made = @($Held | Where-Object { $_.displayName -eq $called })
    if (-not $Old) {
        if ($made.Count -eq 1) { $made }
        return
    }
    $named = @($Held | Where-Object { $_.keyId -eq $Old -or (Get-Property $_ 'hint') -ceq $Old })
    if ($named.Count -ne 1) {
        throw "-Old $Old names $($named.Count) of what is there, and has to name one: $(@($Held | ForEach-Object { Get-Label $_ }) -join ', ')."
    }
    $named
}

# Takes away what goes, and lists what else this script or set-up made. What cannot be removed is told, and stops nothing: a
# new secret has yet to be shown.
function Remove-Credential($Application, $Held, $Goes) {
    foreach ($each in $Goes) {
        $label = Get-Label $each
        if (-not $PSCmdlet.ShouldProcess($label, 'Remove')) { continue }
        try {
            if (Get-Property $each 'type') {
                $left = @(Get-Certificate $Application | Where-Object { $_.keyId -ne $each.keyId })
                # A list that lags behind would take the new one away as well.
                if ($Rotate -and $left.Count -lt $Held.Count) { throw 'The new one is not listed everywhere yet: take this one away in the portal.' }
                Invoke-Graph 'PATCH' "applications/$($Application.id)" @{ keyCredentials = $left } | Out-Null
            } else {
                Invoke-Graph 'POST' "applications/$($Application.id)/removePassword" @{ keyId = $each.keyId } | Out-Null
            }
            Write-Host "Removed the $label."
        } catch {
            Write-Warning "The $label stays. $_"
        }
    }
    $gone = @($Goes | ForEach-Object { $_.keyId })
    $others = @($Held | Where-Object { $_.displayName -eq $called -and $gone -notcontains $_.keyId } | ForEach-Object { Get-Label $_ })
    if ($others.Count) {
        Write-Host 'What else this script or set-up made stays, since another connection may use it:'
        foreach ($each in $others) { Write-Host "  $each" }
        Write-Host "Take away what nothing uses: App registrations, All applications, $($Application.displayName), Certificates & secrets."
    }
}

# The certificates of an application. The list is replaced as a whole, with their keys, which come only when they are selected.
function Get-Certificate($Application) {
    (Invoke-Graph 'GET' "applications/$($Application.id)?`$select=keyCredentials" -Replicating).keyCredentials
}

# The permissions of the application that its token holds.
function Get-Role([string] $Token) {
    $claims = $Token.Split('.')[1].Replace('-', '+').Replace('_', '/')
    $claims = $claims.PadRight($claims.Length + (4 - $claims.Length % 4) % 4, '=')
    Get-Property ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($claims)) | ConvertFrom-Json) 'roles'
}

# Signs in with a new credential until the service knows it and gives the permissions, for two minutes at most. $Proof
# gives the fields of the request by which the application proves itself, anew for each try. True: it signs in.
function Test-Credential([string] $AppId, [scriptblock] $Proof) {
    $end = (Get-Date).AddMinutes(2)
    # A rotation changes no permission, and on behalf of persons the application itself has none.
    $awaited = @(if (-not ($delegated -or $Rotate)) { $wanted })
    $works = $false
    while ($true) {
        # Whatever goes wrong here, the credential is there already and has yet to be shown.
        try {
            $form = @{ grant_type = 'client_credentials'; client_id = $AppId; scope = "$($hosts.Graph)/.default" } + (& $Proof)
            $issued = Get-Property (Invoke-TokenEndpoint 'token' $form) 'access_token'
            if ($issued) {
                $works = $true
                $roles = @(Get-Role $issued)
                if (-not @($awaited | Where-Object { $roles -notcontains $_ }).Count) { return $true }
            }
        } catch { Write-Verbose "$_" }
        if ((Get-Date) -ge $end) {
            if ($works) {
                Write-Warning 'The application signs in, and its permissions have not reached every server yet. Wait some minutes, and connect.'
            } else {
                $then = if ($Rotate) { ', so that the last one stays. Wait some minutes, configure the connection with the new one, and take the last one away in the portal.' } else { '. Wait some minutes, and connect.' }
                Write-Warning "The new secret or certificate does not work yet$then"
            }
            return $works
        }
        Start-Sleep -Seconds 5
    }
}

# The fields by which an application proves itself with a certificate: an assertion, good for one use.
function New-Assertion([string] $AppId, $Certificate, $Key) {
    $sha = [Security.Cryptography.SHA256]::Create()
    try { $thumbprint = ConvertTo-Base64Url ($sha.ComputeHash($Certificate.RawData)) } finally { $sha.Dispose() }
    $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    $head = @{ alg = 'PS256'; typ = 'JWT'; 'x5t#S256' = $thumbprint } | ConvertTo-Json -Compress
    $claims = @{
        aud = "$($hosts.Authority)/$Tenant/oauth2/v2.0/token"; iss = $AppId; sub = $AppId
        jti = [guid]::NewGuid().ToString(); nbf = $now; iat = $now; exp = $now + 600
    } | ConvertTo-Json -Compress
    $text = @($head, $claims | ForEach-Object { ConvertTo-Base64Url ([Text.Encoding]::UTF8.GetBytes($_)) }) -join '.'
    $signature = $Key.SignData(
        [Text.Encoding]::ASCII.GetBytes($text),
        [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pss)
    @{
        client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
        client_assertion      = "$text.$(ConvertTo-Base64Url $signature)"
    }
}

# Adds a certificate that this machine makes, keeps what is there, and writes certificate and key to a PFX file. True: nothing
# needs the last one any more.
function Add-Certificate($Application) {
    $password = Read-Host -AsSecureString -Prompt 'Password for the PFX file'
    # What RSA.Create gives in Windows PowerShell does not sign with PSS, and need not have the length that was asked for.
    $key = if ($PSVersionTable.PSEdition -eq 'Desktop') { New-Object Security.Cryptography.RSACng(2048) } else { [Security.Cryptography.RSA]::Create(2048) }
    try {
        $request = New-Object Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=$($Name -replace '[^\w .-]', '')", $key,
            [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $now = [DateTimeOffset]::UtcNow
        $certificate = $request.CreateSelfSigned($now.AddMinutes(-10), $now.AddDays($CredentialDays))
        [IO.File]::WriteAllBytes($certificatePath, $certificate.Export('Pfx', $password))
        $new = @{ type = 'AsymmetricX509Cert'; usage = 'Verify'; displayName = $called; key = [Convert]::ToBase64String($certificate.RawData) }
        Invoke-Graph 'PATCH' "applications/$($Application.id)" @{ keyCredentials = @(Get-Certificate $Application) + $new } -Replicating | Out-Null
        Write-Host "Added a certificate, and wrote it with its private key to $certificatePath."
        # On behalf of persons nothing is lost without a proof, unless the last one goes after it.
        if ($delegated -and -not $Rotate) { return $true }
        Test-Credential $Application.appId { New-Assertion $Application.appId $certificate $key }
    } finally {
        $key.Dispose()
    }
}

$script:changed = $false
$login = $null
try {
    $script:token = if ($UseDeviceCode) { Connect-ByDeviceCode } else { Connect-ByBrowser }
    # Everything is looked up before anything is changed.
    $application = Find-Application
    if ($Rotate -and -not $application) { throw 'There is no application whose secret could be renewed. Run the script without -Rotate.' }
    $ours = -not $application -or $application.tags -contains $tag
    # Users are called as the application is.
    if ($application) { $Name = $application.displayName }
    $proofs = @(if ($application) { if ($CertificateFile) { $application.keyCredentials } else { $application.passwordCredentials } })
    $both = @(if ($application) { @($application.passwordCredentials) + @($application.keyCredentials) })
    # By several another connection may sign in as well: then an application of ours goes as a whole only when it is named.
    $isShared = $ours -and @(Select-Usable $both).Count -gt 1 -and -not $PSBoundParameters.ContainsKey('Name')
    $stays = $isShared -or -not $ours
    if ($Remove -and $stays) { $proofs = @($both | Where-Object { $_.displayName -eq $called }) }
    $usable = @(Select-Usable $proofs)
    if ($Old -and $Remove -and -not $stays) { throw 'This script made the application, which goes with all its secrets and certificates. Leave out -Old.' }
    $goes = @(if ($Rotate -or ($Remove -and $stays)) { Select-Old $proofs })
    $isWritten = $CertificateFile -and (Test-Path -LiteralPath $certificatePath)
    if ($isWritten -and ($Rotate -or @($usable | ForEach-Object { $_.displayName }) -notcontains $called)) { throw "The file $CertificateFile exists already. Name another." }
    $person = if ($GiveRoleTo) { Find-User $GiveRoleTo }
    if ($GiveRoleTo -and -not ($person -or $Remove)) { throw "There is no user $GiveRoleTo in the tenant. Give the principal name of the person who signs in to the connector." }
    $user = $null
    if ($RestrictedUser) {
        if (-not $delegated) { Write-Warning 'The application signs in as itself, and not as the restricted user, who is for a sign-in on behalf of a person.' }
        # Not the domains of which another directory keeps the users; the first one in place of the usual one, if that is such.
        $domains = @((Invoke-Graph 'GET' 'organization?$select=verifiedDomains').value[0].verifiedDomains | Where-Object { (Get-Property $_ 'type') -ne 'Federated' })
        $domain = @(@($domains | Where-Object { $_.isDefault }) + @($domains | Where-Object { $_.isInitial }))[0].name
        $login = if ($RestrictedUser -match '@') { $RestrictedUser } else { "$RestrictedUser@$domain" }
        $user = Find-User $login
        if (-not $user -and @($domains | ForEach-Object { $_.name }) -notcontains $login.Split('@')[1]) { throw "The tenant keeps no users of its own in the domain of $login. Name one in $domain." }
        # A connection may have a user of the classic guide, named in full, who lacks a role.
        $isNamed = $SignIn -eq 'Password' -and $login -eq $RestrictedUser
        $isOwn = $user -and (Test-RestrictedUser $user)
        if ($user -and -not ($isOwn -or $isNamed)) { throw "There is a user $login already, whom this script did not make. Choose another name." }
    }

    if ($Remove) {
        foreach ($user in @(if (-not $isShared) { Find-RestrictedUser })) {
            if ($ClassicRoles) { Remove-Role $user.id $user.userPrincipalName @('Billing Administrator', 'Security Reader') }
            if ($PSCmdlet.ShouldProcess("user $($user.userPrincipalName)", 'Remove')) {
                Invoke-Graph 'DELETE' "users/$($user.id)" | Out-Null
                Write-Host "Removed the user $($user.userPrincipalName)."
            }
        }
        if ($person) { Remove-Role $person.id $GiveRoleTo @('Reports Reader') }
        if ($ShowNames) { Set-ReportName $true }
        # The application last: by its name a run that was cut off finds the rest again.
        if ($application -and -not $stays) {
            if ($PSCmdlet.ShouldProcess("application $Name ($($application.appId))", 'Remove')) {
                Invoke-Graph 'DELETE' "applications/$($application.id)" | Out-Null
                Write-Host "Removed the application `"$Name`". It stays among the deleted applications for 30 days."
            }
        } elseif ($application) {
            $why = if ($isShared) { "another connection may sign in by its other secrets or certificates. To remove it with them, give -Name '$Name'" } else { 'this script did not make it' }
            Write-Warning "The application `"$Name`" stays, because $why."
            Remove-Credential $application $proofs $goes
        } else {
            Write-Host 'There is no application to remove.'
        }
        return
    }

    # An application of ours keeps what it has, unless features are named. One that others made gets all, unless something
    # else is asked for.
    $isChosen = $PSBoundParameters.ContainsKey('Feature')
    $lists = @(if ($application) { Find-Permission $application })
    $features = $Feature
    if ($application -and -not $isChosen) {
        $features = @(if ($ours) { Find-Feature $lists } elseif (-not ($GiveRoleTo -or $ShowNames)) { $Feature })
    }
    $wanted = @(Select-Permission $features)
    if (-not $isChosen -and $lists -contains 'Directory.Read.All') { $wanted = @($wanted | Where-Object { $inDirectory -notcontains $_ }) }
    # What is not wanted goes, from an application of ours alone; and of the present way of signing in only where features are
    # named, since somebody may have changed the list by hand.
    $takes = @{ Scope = $ours -and ($isChosen -or -not $delegated); Role = $ours -and ($isChosen -or $delegated) }
    # On behalf of persons: one grant for everybody, which lists them.
    $openId = 'openid', 'profile', 'offline_access'
    $scopes = @(if ($delegated -and $wanted.Count) { $wanted + $openId })

    if (-not $Rotate) {
        $access = @($wanted | ForEach-Object { @{ id = $permissions[$_][$kind]; type = $kind } })
        $platform = if ($public) { 'publicClient' } else { 'web' }
        $known = @($permissions.Values | ForEach-Object { $_.Role; $_.Scope })
        $isWanted = { $each = $_; @($access | Where-Object { $_.id -eq $each.id -and $_.type -eq $each.type }).Count -gt 0 }
        if (-not $application) {
            if (-not $PSCmdlet.ShouldProcess("application $Name", 'Create')) {
                if (-not $WhatIfPreference) { return }
                $PSCmdlet.ShouldProcess("service principal of $Name", 'Create') | Out-Null
                if ($delegated) { $PSCmdlet.ShouldProcess(($scopes -join ' '), 'Grant on behalf of everybody') | Out-Null }
                if (-not $delegated) { foreach ($permission in $wanted) { $PSCmdlet.ShouldProcess($permission, 'Grant admin consent') | Out-Null } }
                if ($RestrictedUser) { $PSCmdlet.ShouldProcess("user $login", 'Create, and assign its roles') | Out-Null }
                if ($GiveRoleTo) { $PSCmdlet.ShouldProcess("Reports Reader to $GiveRoleTo", 'Assign') | Out-Null }
                if ($ShowNames) { Set-ReportName $false }
                if ($CertificateFile) { $PSCmdlet.ShouldProcess("certificate for $CredentialDays days", 'Create') | Out-Null }
                if ($wantsSecret) { $PSCmdlet.ShouldProcess("client secret for $CredentialDays days", 'Create') | Out-Null }
                return
            }
            $body = @{
                displayName = $Name; signInAudience = 'AzureADMyOrg'; tags = @($tag)
                requiredResourceAccess = @(@{ resourceAppId = $graphAppId; resourceAccess = $access })
            }
            $body[$platform] = @{ redirectUris = @($redirectUri) }
            if ($fallback) { $body.isFallbackPublicClient = $true }
            $application = Invoke-Graph 'POST' 'applications' $body
            Write-Host "Created the application `"$Name`"."
        } elseif ($ours -or $wanted.Count) {
            $listed = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -eq $graphAppId } | ForEach-Object { $_.resourceAccess })
            $others = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -ne $graphAppId })
            $kept = @($listed | Where-Object { -not $takes[$_.type] -or $known -notcontains $_.id -or (& $isWanted) })
            $missing = @($access | Where-Object { $each = $_; -not @($kept | Where-Object { $_.id -eq $each.id -and $_.type -eq $each.type }).Count })
            $uris = @(Get-Property (Get-Property $application $platform) 'redirectUris' | Where-Object { $_ })
            $change = @{}
            if ($missing.Count -or $kept.Count -lt $listed.Count) {
                $change.requiredResourceAccess = @($others) + @{ resourceAppId = $graphAppId; resourceAccess = @($kept) + $missing }
            }
            if ($uris -notcontains $redirectUri) {
                $change[$platform] = @{ redirectUris = @($uris) + $redirectUri }
                # One of ours moves there: it is not to be on both platforms.
                $other = if ($public) { 'web' } else { 'publicClient' }
                $there = @(Get-Property (Get-Property $application $other) 'redirectUris' | Where-Object { $_ })
                if (-not $ours -and $there -contains $redirectUri) {
                    throw "The application has $redirectUri on the platform $other already, and one that this script did not make is only added to. Move the address there, or choose another way of signing in."
                }
                if ($there -contains $redirectUri) {
                    $change[$other] = @{ redirectUris = @($there | Where-Object { $_ -ne $redirectUri }) }
                }
            }
            $isFallback = [bool] (Get-Property $application 'isFallbackPublicClient')
            if ($isFallback -ne $fallback -and ($ours -or $fallback)) { $change.isFallbackPublicClient = $fallback }
            if ($change.Count -and $PSCmdlet.ShouldProcess("application $($application.displayName)", "Change $($change.Keys -join ' and ')")) {
                Invoke-Graph 'PATCH' "applications/$($application.id)" $change | Out-Null
                Write-Host "Changed what differed of the application `"$($application.displayName)`"."
            }
        }

        $search = "servicePrincipals?`$filter=appId%20eq%20'$($application.appId)'&`$select=id"
        $principal = @(Find-All $search) | Select-Object -First 1
        if (-not $principal -and $PSCmdlet.ShouldProcess("service principal of $($application.displayName)", 'Create')) {
            $principal = Invoke-Graph 'POST' 'servicePrincipals' @{ appId = $application.appId } -Replicating
            # Nothing comes back when it was there after all.
            if (-not $principal) { $principal = @(Find-All $search)[0] }
        }
        if ($principal) {
            $graph = @(Find-All "servicePrincipals?`$filter=appId%20eq%20'$graphAppId'&`$select=id")[0]
            # Of the application itself: one assignment for each permission.
            $held = @(Find-All "servicePrincipals/$($principal.id)/appRoleAssignments?`$top=999" -Replicating | Where-Object { $_.resourceId -eq $graph.id })
            $roles = @(if (-not $delegated) { $wanted | ForEach-Object { $permissions[$_].Role } })
            foreach ($permission in $permissions.Keys | Sort-Object) {
                $role = $permissions[$permission].Role
                $assigned = @($held | Where-Object { $_.appRoleId -eq $role })
                if ($roles -contains $role) {
                    if ($assigned.Count -or -not $PSCmdlet.ShouldProcess($permission, 'Grant admin consent')) { continue }
                    Invoke-Graph 'POST' "servicePrincipals/$($graph.id)/appRoleAssignedTo" @{
                        principalId = $principal.id; resourceId = $graph.id; appRoleId = $role
                    } -Replicating | Out-Null
                    Write-Host "Granted $permission."
                } elseif ($takes.Role) {
                    foreach ($each in $assigned) {
                        if (-not $PSCmdlet.ShouldProcess($permission, 'Take admin consent back')) { continue }
                        Invoke-Graph 'DELETE' "servicePrincipals/$($graph.id)/appRoleAssignedTo/$($each.id)" | Out-Null
                        Write-Host "Took $permission back."
                    }
                }
            }
            $filter = "clientId%20eq%20'$($principal.id)'%20and%20consentType%20eq%20'AllPrincipals'"
            $grant = @(Find-All "oauth2PermissionGrants?`$filter=$filter" -Replicating | Where-Object { $_.resourceId -eq $graph.id }) | Select-Object -First 1
            $held = @(if ($grant) { $grant.scope -split ' ' | Where-Object { $_ } })
            $kept = @($held | Where-Object { -not $takes.Scope -or $scopes -contains $_ -or ($openId -notcontains $_ -and -not $permissions.ContainsKey($_)) })
            $new = @($scopes | Where-Object { $held -notcontains $_ })
            $all = (@($kept) + $new) -join ' '
            if (-not ($new.Count -or $kept.Count -lt $held.Count)) {
                Write-Verbose 'What is granted on behalf of everybody is as it should be.'
            } elseif ($all -and $PSCmdlet.ShouldProcess($all, 'Grant on behalf of everybody')) {
                if ($grant) {
                    Invoke-Graph 'PATCH' "oauth2PermissionGrants/$($grant.id)" @{ scope = $all } | Out-Null
                } else {
                    Invoke-Graph 'POST' 'oauth2PermissionGrants' @{
                        clientId = $principal.id; consentType = 'AllPrincipals'; principalId = $null; resourceId = $graph.id; scope = $all
                    } -Replicating | Out-Null
                }
                Write-Host "Granted on behalf of everybody: $all."
            } elseif (-not $all -and $PSCmdlet.ShouldProcess($grant.scope, 'Take back what was granted to everybody')) {
                Invoke-Graph 'DELETE' "oauth2PermissionGrants/$($grant.id)" | Out-Null
                Write-Host 'Took back what was granted to everybody.'
            }
        }

        if ($RestrictedUser) {
            if (-not $user -and $PSCmdlet.ShouldProcess("user $login", 'Create')) {
                $password = "Aa1-$(New-RandomText 32)"
                $user = Invoke-Graph 'POST' 'users' @{
                    accountEnabled = $true; displayName = "$Name (restricted user)"; jobTitle = $Name
                    mailNickname = $login.Split('@')[0]; userPrincipalName = $login
                    passwordProfile = @{ password = $password; forceChangePasswordNextSignIn = $SignIn -ne 'Password' }
                }
                $use = if ($SignIn -eq 'Password') { 'Password' } else { 'First password, to be changed at the first sign-in' }
                Write-Host "Created the user $login. ${use}: $password"
            } elseif ($isOwn) {
                Write-Host "The user $login is there; the password was shown when it was made. For another: Users, $login, Reset password."
            }
            $chosen = @('Reports Reader')
            if ($ClassicRoles) {
                Write-Warning 'Billing Administrator can buy and cancel subscriptions. With these two roles usage reports stay closed: they need Reports Reader.'
                $chosen = @('Billing Administrator', 'Security Reader')
            }
            if ($user) { Add-Role $user.id $login $chosen }
            if ($isOwn) { Remove-Role $user.id $login @($directoryRoles.Keys | Where-Object { $chosen -notcontains $_ }) }
        }
        if ($GiveRoleTo) {
            Add-Role $person.id $GiveRoleTo @('Reports Reader')
        }
        # The secret has yet to be made, and to be shown.
        if ($ShowNames) {
            try { Set-ReportName $false } catch { Write-Warning "Names in usage reports stay concealed. $_ Run the script again with -ShowNames." }
        }
    }

    $secret = $null
    $works = $false
    if (-not ($wantsSecret -or $CertificateFile)) {
        Write-Verbose 'This way of signing in needs neither a secret nor a certificate.'
    } elseif ($isWritten) {
        Write-Host "The application has a certificate, and $CertificateFile is there: no other is made without -Rotate."
    } elseif ($CertificateFile) {
        if ($PSCmdlet.ShouldProcess("certificate for $CredentialDays days", 'Create')) { $works = Add-Certificate $application }
    } elseif (($Rotate -or -not $usable.Count) -and $PSCmdlet.ShouldProcess("client secret for $CredentialDays days", 'Create')) {
        # Not by the culture of this machine, whose calendar and separators may be others.
        $ends = [datetime]::UtcNow.AddDays($CredentialDays).ToString('s', [Globalization.CultureInfo]::InvariantCulture) + 'Z'
        $made = Invoke-Graph 'POST' "applications/$($application.id)/addPassword" @{
            passwordCredential = @{ displayName = $called; endDateTime = $ends }
        } -Replicating
        $secret = $made.secretText
        $works = Test-Credential $application.appId { @{ client_secret = $secret } }
    }
    if ($works -or ($Rotate -and $WhatIfPreference)) { Remove-Credential $application $proofs $goes }

    if ($WhatIfPreference) { return }
    Write-Host ''
    Write-Host 'Values for host-harness configure:'
    Write-Host "  tenant          $Tenant"
    if ($Cloud -ne 'Global') { Write-Host "  cloud           $($hosts.Setting)" }
    Write-Host "  application-id  $($application.appId)"
    $way = @{ Federated = 'federated'; Browser = 'browser'; DeviceCode = 'device-code'; Password = 'password' }[$SignIn]
    if ($CertificateFile -and -not $delegated) { $way = 'certificate' }
    if ($way) { Write-Host "  sign-in         $way" }
    if ($CertificateFile) { Write-Host "  certificate     $CertificateFile" }
    if ($secret) {
        Write-Host "  client-secret   $secret"
        Write-Host "  client-secret-ends  $($secret.Substring(0, 3)) $($ends.Substring(0, 10))"
        Write-Host "The secret is shown this once, and ends in $CredentialDays days."
    } elseif ($wantsSecret) {
        $there = @($usable | ForEach-Object { Get-Label $_ }) -join ', '
        Write-Host "  client-secret   ($(if ($there) { "shown when it was made: $there" } else { 'none was made' }); -Rotate makes another)"
    }
    if ($SignIn -eq 'Password' -and $login) { Write-Host "  user-name       $login" }
} catch {
    if ($script:changed) { Write-Warning 'What was done stays. Run the script again with the same words: it goes on from there.' }
    throw
} finally {
    $script:token = $null
    # Requests that failed stand in the session's list of errors, with their token.
    foreach ($each in @($Error | Where-Object { (Get-Property $_ 'FullyQualifiedErrorId') -like 'WebCmdlet*' })) { $Error.Remove($each) }
}
