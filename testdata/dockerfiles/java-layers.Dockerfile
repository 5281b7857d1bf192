FROM eclipse-temurin:21-jdk as extract
ARG JAR_FILE=target/*.jar
COPY ${JAR_FILE} application.jar
RUN java -Djarmode=layertools -jar application.jar extract

FROM eclipse-temurin:21-jre
WORKDIR application
COPY --from=0 dependencies/ ./
COPY --from=0 spring-boot-loader/ ./
COPY --from=extract snapshot-dependencies/ ./
COPY --from=Extract application/ ./
ENTRYPOINT ["java", "org.springframework.boot.loader.launch.JarLauncher"]
