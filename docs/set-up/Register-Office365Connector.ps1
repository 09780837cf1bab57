<#
.SYNOPSIS
Creates in Microsoft Entra ID what the Office 365 connector needs, or takes it away again.

.DESCRIPTION
Signs an administrator in in the browser, then creates, with plain REST calls to Microsoft Graph and without any module:
the application (this tenant only, redirect URI http://localhost/connect), its service principal, admin consent for the
permissions of the features that were chosen, and a client secret or a certificate. On request it creates a restricted
user. It does what `host-harness set-up` does, and both find what the other has made.

It can be run again: it finds the application by -ApplicationId, or by its name and a tag, and adds what is missing.
Of an application without the tag, -Remove takes away only the client secrets that were made by this script or by set-up.

Needs Windows PowerShell 5.1 with .NET Framework 4.7.2 or later, or PowerShell 7; and one of these roles: Global
Administrator, or Privileged Role Administrator together with Cloud Application Administrator.

Where the execution policy does not let scripts run, this runs it once and changes no policy:
powershell -ExecutionPolicy Bypass -Command ./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com

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
Makes the next client secret, proves that it works, and removes the ones that this script made before.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -SignIn Browser -RestrictedUser binadox-reader
Grants the permissions on behalf of persons, and creates a user with the directory role Reports Reader to sign in with.

.EXAMPLE
./Register-Office365Connector.ps1 -Tenant contoso.onmicrosoft.com -Remove
Removes the application, with its service principal, its consent and its secrets, and the restricted user.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    # Tenant id, or a verified domain of the tenant.
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9.-]+$')]
    [string] $Tenant,

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

    # How the connector signs in: as the application itself, or on behalf of a person in the browser.
    [ValidateSet('Application', 'Browser')]
    [string] $SignIn = 'Application',

    # Makes a certificate instead of a client secret, and writes it with its private key to this PFX file.
    [string] $CertificateFile,

    # Days until the client secret or certificate ends.
    [ValidateRange(1, 730)]
    [int] $CredentialDays = 180,

    # Makes the next client secret or certificate, proves that it works, and then removes the last.
    [switch] $Rotate,

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
    Spend        = @('Organization.Read.All', 'LicenseAssignment.Read.All', 'User.Read.All', 'GroupMember.Read.All')
    Use          = @('Reports.Read.All', 'ReportSettings.Read.All')
    Activity     = @('AuditLog.Read.All', 'User.Read.All')
    Applications = @('AuditLog.Read.All', 'Directory.Read.All')
}
$wanted = @($Feature | ForEach-Object { $permissionsOfFeature[$_] } | Sort-Object -Unique)
# Directory.Read.All opens these as well.
if ($wanted -contains 'Directory.Read.All') {
    $inDirectory = 'Organization.Read.All', 'LicenseAssignment.Read.All', 'User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'
    $wanted = @($wanted | Where-Object { $inDirectory -notcontains $_ })
}
$delegated = $SignIn -eq 'Browser'
$kind = if ($delegated) { 'Scope' } else { 'Role' }
if ($Rotate -and $Remove) { throw 'Give -Rotate or -Remove, not both.' }
if ($CertificateFile -and $delegated) { throw 'A sign-in in the browser takes no certificate here. Leave out -CertificateFile.' }
if ($Rotate -and $delegated) { throw 'A sign-in in the browser has neither a secret nor a certificate, so that there is none to renew.' }
if ($ClassicRoles -and -not $RestrictedUser) { throw 'Name the user who gets the classic roles with -RestrictedUser.' }

# Template ids of directory roles, from GDAPRoles.json of KelvinTegelaar/CIPP.
$directoryRoles = @{
    'Reports Reader'        = '4a5d8f65-41da-4de4-8968-e035b65339cf'
    'Billing Administrator' = 'b0f54661-2d74-4c50-afa3-1ec803f12efe'
    'Security Reader'       = '5d6b6bb7-de71-4623-b4af-96380a352509'
}

# Only what the run needs: -WhatIf reads, and only who makes or removes a user may write users.
$adminScopes = if ($WhatIfPreference) { @('Application.Read.All', 'Directory.Read.All') }
elseif ($Rotate) { @('Application.ReadWrite.All') }
elseif ($Remove) { @('Application.ReadWrite.All', 'User.ReadWrite.All') }
else { @('Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All') }
if ($RestrictedUser -and -not ($WhatIfPreference -or $Rotate -or $Remove)) {
    $adminScopes += 'User.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Organization.Read.All'
}
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
    # The client is registered for http://localhost: any port is taken, and no path.
    $redirect = "http://localhost:$(Get-FreePort)"
    $listener = New-Object Net.HttpListener
    $listener.Prefixes.Add("$redirect/")
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
        # With -WhatIf, PowerShell 7 would not open the browser either, and with -Confirm it would ask.
        $WhatIfPreference = $false
        $ConfirmPreference = 'None'
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
            try {
                $context.Response.StatusCode = if ($mine) { 200 } else { 404 }
                $context.Response.ContentType = 'text/html; charset=utf-8'
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            } catch { Write-Verbose 'The browser did not wait for the page.' }
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
            $answer = Get-Property (Read-ErrorBody $_) 'error'
            $said = "$(Get-Property $answer 'code'): $(Get-Property $answer 'message')"
            # It is so already, such as after a try whose answer was lost.
            if ($status -in 400, 409 -and $said -match 'already exists on the object|entry already exists|A conflicting object') { return }
            # After 504 an object may have been made all the same. Tenants may forbid secrets, or long ones: waiting does not help.
            $again = ($status -in 429, 503) -or ($status -eq 504 -and $Method -ne 'POST') -or
                ($Replicating -and ($status -eq 404 -or ($status -eq 400 -and $said -notmatch 'policy|password')))
            if ($again -and (Get-Date) -lt $end) { Start-Sleep -Seconds 5; continue }
            if ($null -eq $answer) { throw }
            throw "Microsoft Graph refused $Method $Path ($status): $said"
        }
    }
}

function Find-All([string] $Path, [switch] $Replicating) { @((Invoke-Graph 'GET' $Path -Replicating:$Replicating).value) }

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

# Users that were made for this application carry its name as their job title.
function Find-RestrictedUser { @(Find-All "users?`$filter=jobTitle%20eq%20'$(ConvertTo-Filter $Name)'&`$select=id,userPrincipalName") }

# Secrets or certificates that have not ended. Times come as text in Windows PowerShell, and as DateTime in
# PowerShell 7.
function Select-Usable($Credentials) {
    $Credentials | Where-Object { $null -eq $_.endDateTime -or ([datetime] $_.endDateTime).ToUniversalTime() -gt [datetime]::UtcNow }
}

# What cannot be removed is told, and stops nothing: a new secret has yet to be shown.
function Remove-Secret($Application, $Secret) {
    try {
        Invoke-Graph 'POST' "applications/$($Application.id)/removePassword" @{ keyId = $Secret.keyId } | Out-Null
        Write-Host "Removed the client secret that begins with $($Secret.hint)."
    } catch {
        Write-Warning "The client secret that begins with $($Secret.hint) stays. $_"
    }
}

# Signs in with a new credential until the service knows it, for two minutes at most. $Proof gives the fields of the
# request by which the application proves itself, anew for each try.
function Test-Credential([string] $AppId, [scriptblock] $Proof) {
    $end = (Get-Date).AddMinutes(2)
    while ($true) {
        # Whatever goes wrong here, the credential is there already and has yet to be shown.
        try {
            $form = @{ grant_type = 'client_credentials'; client_id = $AppId; scope = "$($hosts.Graph)/.default" } + (& $Proof)
            if (Get-Property (Invoke-TokenEndpoint 'token' $form) 'access_token') { return $true }
        } catch { Write-Verbose "$_" }
        if ((Get-Date) -ge $end) { return $false }
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

# Adds a certificate that this machine makes, keeps what is there, and writes certificate and key to a PFX file.
function Add-Certificate($Application, [bool] $TakeLast) {
    if (Test-Path -LiteralPath $CertificateFile) { throw "The file $CertificateFile exists already. Name another." }
    $password = Read-Host -AsSecureString -Prompt 'Password for the PFX file'
    # What RSA.Create gives in Windows PowerShell does not sign with PSS, and need not have the length that was asked for.
    $key = if ($PSVersionTable.PSEdition -eq 'Desktop') { New-Object Security.Cryptography.RSACng(2048) } else { [Security.Cryptography.RSA]::Create(2048) }
    try {
        $request = New-Object Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=$($Name -replace '[^\w .-]', '')", $key,
            [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $now = [DateTimeOffset]::UtcNow
        $certificate = $request.CreateSelfSigned($now.AddMinutes(-10), $now.AddDays($CredentialDays))
        $full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($CertificateFile)
        [IO.File]::WriteAllBytes($full, $certificate.Export('Pfx', $password))
        # The list is replaced as a whole, so those that are there go with it; keys come only when they are selected.
        $held = @((Invoke-Graph 'GET' "applications/$($Application.id)?`$select=keyCredentials" -Replicating).keyCredentials)
        $new = @{ type = 'AsymmetricX509Cert'; usage = 'Verify'; displayName = $called; key = [Convert]::ToBase64String($certificate.RawData) }
        Invoke-Graph 'PATCH' "applications/$($Application.id)" @{ keyCredentials = @($held) + $new } -Replicating | Out-Null
        Write-Host "Added a certificate, and wrote it with its private key to $full."
        $others = @($held | Where-Object { $_.displayName -ne $called })
        if (-not $TakeLast -or $others.Count -eq $held.Count) { return }
        if (-not (Test-Credential $Application.appId { New-Assertion $Application.appId $certificate $key })) {
            Write-Warning 'The new certificate does not work yet, so that the last one stays. Wait some minutes, configure the connection with the new one, and remove the last one in the portal.'
        } else {
            Invoke-Graph 'PATCH' "applications/$($Application.id)" @{ keyCredentials = @($others) + $new } | Out-Null
            Write-Host 'Removed the last certificate.'
        }
    } finally {
        $key.Dispose()
    }
}

$script:token = if ($UseDeviceCode) { Connect-ByDeviceCode } else { Connect-ByBrowser }
try {
    $application = Find-Application

    if ($Remove) {
        if ($application -and $application.tags -contains $tag) {
            if ($PSCmdlet.ShouldProcess("application $($application.displayName) ($($application.appId))", 'Remove')) {
                Invoke-Graph 'DELETE' "applications/$($application.id)" | Out-Null
                Write-Host "Removed the application `"$($application.displayName)`". It stays among the deleted applications for 30 days."
            }
        } elseif ($application) {
            Write-Warning "The application `"$($application.displayName)`" stays, because this script did not make it."
            foreach ($old in @($application.passwordCredentials | Where-Object { $_.displayName -eq $called })) {
                if ($PSCmdlet.ShouldProcess("client secret that begins with $($old.hint)", 'Remove')) { Remove-Secret $application $old }
            }
        } else {
            Write-Host 'There is no application to remove.'
        }
        foreach ($user in Find-RestrictedUser) {
            if ($PSCmdlet.ShouldProcess("user $($user.userPrincipalName)", 'Remove')) {
                Invoke-Graph 'DELETE' "users/$($user.id)" | Out-Null
                Write-Host "Removed the user $($user.userPrincipalName)."
            }
        }
        return
    }
    if ($Rotate -and -not $application) { throw 'There is no application whose secret could be renewed. Run the script without -Rotate.' }

    if (-not $Rotate) {
        $access = @($wanted | ForEach-Object { @{ id = $permissions[$_][$kind]; type = $kind } })
        $platform = if ($delegated) { 'publicClient' } else { 'web' }
        if (-not $application) {
            $steps = if ($delegated) { 'Create, grant consent' } else { 'Create, grant consent, make a credential' }
            if ($RestrictedUser) { $steps += ", make the user $RestrictedUser" }
            if (-not $PSCmdlet.ShouldProcess("application $Name with $($wanted -join ', ')", $steps)) { return }
            $body = @{
                displayName = $Name; signInAudience = 'AzureADMyOrg'; tags = @($tag)
                requiredResourceAccess = @(@{ resourceAppId = $graphAppId; resourceAccess = $access })
            }
            $body[$platform] = @{ redirectUris = @($redirectUri) }
            $application = Invoke-Graph 'POST' 'applications' $body
            Write-Host "Created the application `"$Name`"."
        } else {
            $mine = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -eq $graphAppId } | ForEach-Object { $_.resourceAccess })
            $others = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -ne $graphAppId })
            $missing = @($access | Where-Object { $each = $_; -not @($mine | Where-Object { $_.id -eq $each.id }).Count })
            $uris = @(Get-Property (Get-Property $application $platform) 'redirectUris' | Where-Object { $_ })
            $change = @{}
            if ($missing.Count) { $change.requiredResourceAccess = @($others) + @{ resourceAppId = $graphAppId; resourceAccess = @($mine) + $missing } }
            if ($uris -notcontains $redirectUri) { $change[$platform] = @{ redirectUris = @($uris) + $redirectUri } }
            if ($change.Count -and $PSCmdlet.ShouldProcess("application $($application.displayName)", "Change $($change.Keys -join ' and ')")) {
                Invoke-Graph 'PATCH' "applications/$($application.id)" $change | Out-Null
                Write-Host "Added what was missing to the application `"$($application.displayName)`"."
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
            if ($delegated) {
                $filter = "clientId%20eq%20'$($principal.id)'%20and%20consentType%20eq%20'AllPrincipals'"
                $grant = @(Find-All "oauth2PermissionGrants?`$filter=$filter" -Replicating | Where-Object { $_.resourceId -eq $graph.id }) | Select-Object -First 1
                $held = @(if ($grant) { $grant.scope -split ' ' | Where-Object { $_ } })
                $new = @($wanted + 'openid', 'profile', 'offline_access' | Where-Object { $held -notcontains $_ })
                $all = (@($held) + $new) -join ' '
                if ($new.Count -and $PSCmdlet.ShouldProcess($all, 'Grant on behalf of everybody')) {
                    if ($grant) {
                        Invoke-Graph 'PATCH' "oauth2PermissionGrants/$($grant.id)" @{ scope = $all } | Out-Null
                    } else {
                        Invoke-Graph 'POST' 'oauth2PermissionGrants' @{
                            clientId = $principal.id; consentType = 'AllPrincipals'; principalId = $null; resourceId = $graph.id; scope = $all
                        } -Replicating | Out-Null
                    }
                    Write-Host "Granted on behalf of everybody: $all."
                }
            } else {
                $held = @((Invoke-Graph 'GET' "servicePrincipals/$($principal.id)/appRoleAssignments?`$top=999" -Replicating).value | ForEach-Object { $_.appRoleId })
                foreach ($permission in $wanted) {
                    $role = $permissions[$permission].Role
                    if ($held -contains $role) { continue }
                    if ($PSCmdlet.ShouldProcess($permission, 'Grant admin consent')) {
                        Invoke-Graph 'POST' "servicePrincipals/$($graph.id)/appRoleAssignedTo" @{
                            principalId = $principal.id; resourceId = $graph.id; appRoleId = $role
                        } -Replicating | Out-Null
                        Write-Host "Granted $permission."
                    }
                }
            }
        }

        if ($RestrictedUser) {
            $domain = @((Invoke-Graph 'GET' 'organization?$select=verifiedDomains').value[0].verifiedDomains | Where-Object { $_.isDefault })[0].name
            $login = "$RestrictedUser@$domain"
            $user = @(Find-All "users?`$filter=userPrincipalName%20eq%20'$(ConvertTo-Filter $login)'&`$select=id,jobTitle") | Select-Object -First 1
            if ($user -and $user.jobTitle -ne $Name) { throw "There is a user $login already, whom this script did not make. Choose another name." }
            if (-not $user -and $PSCmdlet.ShouldProcess("user $login", 'Create')) {
                $password = "Aa1-$(New-RandomText 24)"
                $user = Invoke-Graph 'POST' 'users' @{
                    accountEnabled = $true; displayName = "$Name (restricted user)"; jobTitle = $Name
                    mailNickname = $RestrictedUser; userPrincipalName = $login
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
                $held = @(Find-All "roleManagement/directory/roleAssignments?`$filter=principalId%20eq%20'$($user.id)'" -Replicating | ForEach-Object { $_.roleDefinitionId })
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
    }

    $secret = $null
    $usable = @(Select-Usable $application.passwordCredentials)
    if ($delegated) {
        Write-Verbose 'A public client needs neither a secret nor a certificate.'
    } elseif ($CertificateFile) {
        $kept = @(Select-Usable $application.keyCredentials | Where-Object { $_.displayName -eq $called })
        if (-not $Rotate -and $kept.Count -and (Test-Path -LiteralPath $CertificateFile)) {
            Write-Host "The application has a certificate, and $CertificateFile is there: no other is made without -Rotate."
        } elseif ($PSCmdlet.ShouldProcess("certificate for $CredentialDays days", 'Create')) {
            Add-Certificate $application $Rotate.IsPresent
        }
    } elseif (($Rotate -or -not $usable.Count) -and $PSCmdlet.ShouldProcess("client secret for $CredentialDays days", 'Create')) {
        # Not by the culture of this machine, whose calendar and separators may be others.
        $ends = [datetime]::UtcNow.AddDays($CredentialDays).ToString('s', [Globalization.CultureInfo]::InvariantCulture) + 'Z'
        $made = Invoke-Graph 'POST' "applications/$($application.id)/addPassword" @{
            passwordCredential = @{ displayName = $called; endDateTime = $ends }
        } -Replicating
        $secret = $made.secretText
        $works = Test-Credential $application.appId { @{ client_secret = $secret } }
        if (-not $works) { Write-Warning 'The new secret does not work yet, so that the last one stays. Wait some minutes, and run the script with -Rotate again.' }
        foreach ($old in @($application.passwordCredentials | Where-Object { $works -and $_.displayName -eq $called })) {
            Remove-Secret $application $old
        }
    }

    if ($WhatIfPreference) { return }
    Write-Host ''
    Write-Host 'Values for host-harness configure:'
    Write-Host "  tenant          $Tenant"
    if ($Cloud -ne 'Global') { Write-Host "  cloud           $($hosts.Setting)" }
    Write-Host "  application-id  $($application.appId)"
    if ($delegated) {
        Write-Host '  sign-in         browser'
    } elseif ($CertificateFile) {
        Write-Host '  sign-in         certificate'
        Write-Host "  certificate     $CertificateFile"
    } elseif ($secret) {
        Write-Host "  client-secret   $secret"
        Write-Host "The secret is shown this once, and ends in $CredentialDays days."
    } else {
        Write-Host '  client-secret   (the one made before; run again with -Rotate for another)'
    }
} finally {
    $script:token = $null
}
