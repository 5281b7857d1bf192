# escape=`

FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
ENV GIT_VERSION 2.45.0
RUN Invoke-WebRequest -Uri ('https://example.com/{0}.zip' -f $env:GIT_VERSION) -OutFile git.zip; `
    Expand-Archive git.zip -DestinationPath C:\git\; `
    Remove-Item git.zip -Force
COPY testfile.txt c:\
WORKDIR C:\git\bin
CMD ["powershell"]
